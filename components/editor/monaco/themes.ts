import type { Monaco } from "./setup";

interface Palette {
  text: string;
  comment: string;
  keyword: string;
  string: string;
  number: string;
  type: string;
  call: string;
  identifier: string;
  jinja: string;
  jinjaKeyword: string;
  dbt: string;
  jinjaString: string;
  escape: string;
}

const light: Palette = {
  text: "1a1f26",
  comment: "667180",
  keyword: "0f5da8",
  string: "20703a",
  number: "9a4b00",
  type: "0a6c74",
  call: "6b3fb5",
  identifier: "1a1f26",
  jinja: "a1500a",
  jinjaKeyword: "b3246b",
  dbt: "a1500a",
  jinjaString: "20703a",
  escape: "9a4b00",
};
const dark: Palette = {
  text: "dfe4ea",
  comment: "7f8b99",
  keyword: "6cb2f2",
  string: "8fce9b",
  number: "e5b072",
  type: "6fcbd0",
  call: "bda4f2",
  identifier: "dfe4ea",
  jinja: "eaa65c",
  jinjaKeyword: "f08bb4",
  dbt: "f2b866",
  jinjaString: "8fce9b",
  escape: "e5b072",
};

function rules(palette: Palette) {
  return [
    { token: "", foreground: palette.text },
    { token: "comment", foreground: palette.comment, fontStyle: "italic" },
    { token: "keyword", foreground: palette.keyword },
    { token: "string", foreground: palette.string },
    { token: "string.escape", foreground: palette.escape },
    { token: "number", foreground: palette.number },
    { token: "constant", foreground: palette.number },
    { token: "type", foreground: palette.type },
    { token: "function", foreground: palette.call },
    { token: "identifier", foreground: palette.identifier },
    { token: "identifier.quote", foreground: palette.identifier },
    { token: "namespace", foreground: palette.type },
    { token: "tag", foreground: palette.call },
    { token: "meta", foreground: palette.comment },
    { token: "strong", fontStyle: "bold" },
    { token: "emphasis", fontStyle: "italic" },
    { token: "delimiter.jinja", foreground: palette.jinja },
    { token: "delimiter.jinja.bracket", foreground: palette.text },
    { token: "delimiter.jinja.dot", foreground: palette.text },
    { token: "keyword.jinja", foreground: palette.jinjaKeyword },
    { token: "function.jinja", foreground: palette.call },
    { token: "function.dbt.jinja", foreground: palette.dbt, fontStyle: "bold" },
    { token: "variable.jinja", foreground: palette.text },
    { token: "operator.jinja", foreground: palette.text },
    { token: "string.jinja", foreground: palette.jinjaString },
    { token: "constant.jinja", foreground: palette.number },
    { token: "csv.a", foreground: palette.text },
    { token: "csv.b", foreground: palette.keyword },
    { token: "csv.c", foreground: palette.jinja },
  ];
}

/** What of the page's tokens (app/globals.css) Monaco's own lists, menus and peeks are painted with. */
interface Surface {
  canvas: string;
  panel: string;
  raised: string;
  line: string;
  ink: string;
  muted: string;
  faint: string;
  accent: string;
  hover: string;
  selected: string;
  found: string;
}

const lightSurface: Surface = {
  ...{ canvas: "#ffffff", panel: "#f6f7f9", raised: "#ffffff", line: "#dfe3e8" },
  ...{ ink: "#1a1f26", muted: "#515b69", faint: "#667180", accent: "#0f63a8" },
  ...{ hover: "#e9ecf0", selected: "#dbe9f6", found: "#fbe3b3" },
};
const darkSurface: Surface = {
  ...{ canvas: "#14171b", panel: "#191d22", raised: "#20252b", line: "#2a3037" },
  ...{ ink: "#e3e7ec", muted: "#a3adb9", faint: "#8a95a2", accent: "#5aaef0" },
  ...{ hover: "#262c33", selected: "#22384c", found: "#5a4518" },
};

/** Colours of what opens over the text. */
function widgets({ canvas, panel, raised, line, ink, muted, accent, hover, selected, found }: Surface) {
  return {
    "editorWidget.foreground": ink,
    "editorHoverWidget.background": raised,
    "editorHoverWidget.border": line,
    "editorSuggestWidget.background": raised,
    "editorSuggestWidget.border": line,
    "editorSuggestWidget.foreground": ink,
    "editorSuggestWidget.selectedBackground": selected,
    "editorSuggestWidget.selectedForeground": ink,
    "editorSuggestWidget.selectedIconForeground": ink,
    "editorSuggestWidget.highlightForeground": accent,
    "editorSuggestWidget.focusHighlightForeground": accent,
    "editorActionList.background": raised,
    "editorActionList.foreground": ink,
    "editorActionList.focusBackground": selected,
    "editorActionList.focusForeground": ink,
    "peekView.border": accent,
    "peekViewTitle.background": panel,
    "peekViewTitleLabel.foreground": ink,
    "peekViewTitleDescription.foreground": muted,
    "peekViewEditor.background": canvas,
    "peekViewEditorGutter.background": canvas,
    "peekViewEditorStickyScroll.background": canvas,
    "peekViewEditor.matchHighlightBackground": found,
    "peekViewResult.background": panel,
    "peekViewResult.fileForeground": ink,
    "peekViewResult.lineForeground": muted,
    "peekViewResult.selectionBackground": selected,
    "peekViewResult.selectionForeground": ink,
    "peekViewResult.matchHighlightBackground": found,
    "list.activeSelectionBackground": selected,
    "list.activeSelectionForeground": ink,
    "list.activeSelectionIconForeground": ink,
    "list.inactiveSelectionBackground": hover,
    "list.focusBackground": selected,
    "list.focusForeground": ink,
    "list.hoverBackground": hover,
    "list.highlightForeground": accent,
    "list.focusHighlightForeground": accent,
    "badge.background": line,
    "badge.foreground": ink,
    "menu.background": raised,
    "menu.foreground": ink,
    "menu.selectionBackground": selected,
    "menu.selectionForeground": ink,
    "menu.border": line,
    "menu.separatorBackground": line,
  };
}

/** Names of the two themes; their surfaces equal the page's tokens in app/globals.css. */
export const themeNames = { light: "millrace-light", dark: "millrace-dark" } as const;

export function defineThemes(monaco: Monaco): void {
  monaco.editor.defineTheme(themeNames.light, {
    base: "vs",
    inherit: true,
    rules: rules(light),
    colors: {
      ...widgets(lightSurface),
      "editor.background": "#ffffff",
      "editor.foreground": "#1a1f26",
      "editorLineNumber.foreground": "#69737f",
      "editorLineNumber.dimmedForeground": "#69737f",
      "editorLineNumber.activeForeground": "#1a1f26",
      "editorLink.activeForeground": "#0f6cb8",
      "editor.lineHighlightBackground": "#f4f6f8",
      "editor.lineHighlightBorder": "#00000000",
      "editor.selectionBackground": "#b9d8f3",
      "editor.inactiveSelectionBackground": "#dbe9f6",
      "editor.wordHighlightBackground": "#edf5fc",
      "editor.wordHighlightStrongBackground": "#edf5fc",
      "editor.wordHighlightTextBackground": "#edf5fc",
      "editorIndentGuide.background1": "#e9ecf0",
      "editorWidget.background": "#ffffff",
      "editorWidget.border": "#dfe3e8",
      "editorStickyScroll.background": "#ffffff",
      "editorStickyScroll.shadow": "#dfe3e8",
      "editorBracketHighlight.foreground1": "#515b69",
      "editorBracketHighlight.foreground2": "#6b3fb5",
      "editorBracketHighlight.foreground3": "#0a6c74",
      focusBorder: "#0f6cb8",
    },
  });
  monaco.editor.defineTheme(themeNames.dark, {
    base: "vs-dark",
    inherit: true,
    rules: rules(dark),
    colors: {
      ...widgets(darkSurface),
      "editor.background": "#14171b",
      "editor.foreground": "#dfe4ea",
      "editorLineNumber.foreground": "#848e9a",
      "editorLineNumber.dimmedForeground": "#848e9a",
      "editorLineNumber.activeForeground": "#dfe4ea",
      "editorLink.activeForeground": "#5aaef0",
      "editor.lineHighlightBackground": "#1a1e23",
      "editor.lineHighlightBorder": "#00000000",
      "editor.selectionBackground": "#2b4f70",
      "editor.inactiveSelectionBackground": "#22384c",
      "editor.wordHighlightBackground": "#1d2e3e",
      "editor.wordHighlightStrongBackground": "#1d2e3e",
      "editor.wordHighlightTextBackground": "#1d2e3e",
      "editorIndentGuide.background1": "#242a31",
      "editorWidget.background": "#20252b",
      "editorWidget.border": "#2a3037",
      "editorStickyScroll.background": "#14171b",
      "editorStickyScroll.shadow": "#0a0c0e",
      "editorBracketHighlight.foreground1": "#a3adb9",
      "editorBracketHighlight.foreground2": "#bda4f2",
      "editorBracketHighlight.foreground3": "#6fcbd0",
      focusBorder: "#5aaef0",
    },
  });
}
