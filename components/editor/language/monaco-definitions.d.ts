// Monaco ships these without types.
declare module "monaco-editor/languages/definitions/markdown/markdown" {
  export const conf: import("monaco-editor/editor").languages.LanguageConfiguration;
  export const language: import("monaco-editor/editor").languages.IMonarchLanguage;
}
declare module "monaco-editor/languages/definitions/python/python" {
  export const conf: import("monaco-editor/editor").languages.LanguageConfiguration;
  export const language: import("monaco-editor/editor").languages.IMonarchLanguage;
}
declare module "monaco-editor/editor/standalone/common/monarch/monarchCompile" {
  export function compile(
    languageId: string,
    grammar: import("monaco-editor/editor").languages.IMonarchLanguage,
  ): object;
}
declare module "monaco-editor/editor/standalone/common/monarch/monarchLexer" {
  interface Token {
    offset: number;
    type: string;
  }
  export class MonarchTokenizer {
    constructor(
      languageService: object,
      themeService: object,
      languageId: string,
      lexer: object,
      configurationService: object,
    );
    getInitialState(): object;
    tokenize(line: string, hasEnd: boolean, state: object): { tokens: Token[]; endState: object };
  }
}
declare module "monaco-editor/editor/contrib/suggest/browser/suggestWidget" {
  /** The list of suggestions of one editor. */
  export class SuggestWidget {
    readonly editor: import("monaco-editor/editor").editor.ICodeEditor;
    showSuggestions(...suggestions: unknown[]): void;
    hideWidget(): void;
  }
}
declare module "monaco-editor/platform/configuration/common/configuration" {
  export const IConfigurationService: unique symbol;
}
declare module "monaco-editor/platform/instantiation/common/instantiation" {
  export const IInstantiationService: unique symbol;
}
declare module "monaco-editor/platform/hover/browser/hover" {
  /** Shows the tooltips of a toolbar. Made with its first arguments; services are the rest. */
  export class WorkbenchHoverDelegate {
    private constructor();
  }
}
declare module "monaco-editor/base/browser/ui/hover/hoverDelegateFactory" {
  type Hovers = import("monaco-editor/platform/hover/browser/hover").WorkbenchHoverDelegate;
  /** Toolbars have their tooltips shown by what this makes, from now on. */
  export function setHoverDelegateFactory(
    make: (placement: "mouse" | "element", instantHover: boolean) => Hovers,
  ): void;
}
declare module "monaco-editor/editor/standalone/browser/standaloneServices" {
  type Hovers = typeof import("monaco-editor/platform/hover/browser/hover").WorkbenchHoverDelegate;
  /** Services of all editors of the page; they are never disposed of. */
  export const StandaloneServices: {
    get(service: typeof import("monaco-editor/platform/configuration/common/configuration").IConfigurationService): {
      updateValues(values: readonly [key: string, value: unknown][]): Promise<void>;
    };
    get(service: typeof import("monaco-editor/platform/instantiation/common/instantiation").IInstantiationService): {
      createInstance(made: Hovers, ...given: readonly unknown[]): Hovers["prototype"];
    };
  };
}
