import type { editor, IDisposable } from "monaco-editor/editor";
import { Pause } from "../model/pause";
import type { Monaco } from "./setup";

/** Something to do that stands above a line. `title` may begin with the name of a Codicon: `$(play) Preview`. */
export interface Lens {
  readonly line: number;
  readonly title: string;
  readonly tooltip: string;
  readonly run: () => void;
}
/** The lenses of a text, by its language. */
export interface LensProvider {
  readonly language: string;
  readonly lensesOf: (model: editor.ITextModel) => readonly Lens[] | Promise<readonly Lens[]>;
}

/** A text has lenses above so many lines at most. */
const mostRows = 1000;
/** Share of a line's height. */
const rowHeight = 0.9;

/** The lenses above one line. */
export interface LensRow {
  readonly line: number;
  readonly lenses: readonly Lens[];
}

/** Lenses by their lines, those of one line in the order of their providers. */
export function rowsOf(lenses: readonly Lens[]): LensRow[] {
  const rows = new Map<number, Lens[]>();
  for (const lens of lenses) rows.set(lens.line, [...(rows.get(lens.line) ?? []), lens]);
  return [...rows]
    .map(([line, found]) => ({ line, lenses: found }))
    .sort((left, right) => left.line - right.line)
    .slice(0, mostRows);
}

/**
 * Shows lenses above the lines of every editor of the page. They stand in zones of the editor's view, which move with their lines by
 * themselves. (Monaco's own feature lays out each of them, and with that the whole view, at every key press.)
 */
export class LensRows {
  private readonly providers = new Set<LensProvider>();
  private readonly editors = new Map<editor.ICodeEditor, RowsOfEditor>();

  private constructor(private readonly monaco: Monaco) {
    monaco.editor.onDidCreateEditor((made) => this.watch(made));
    for (const made of monaco.editor.getEditors()) this.watch(made);
  }

  private static readonly known = new WeakMap<Monaco, LensRows>();

  /** The one that all providers of a page share. */
  static of(monaco: Monaco): LensRows {
    const known = LensRows.known.get(monaco) ?? new LensRows(monaco);
    LensRows.known.set(monaco, known);
    return known;
  }

  /** Shows a provider's lenses too, until it is disposed. */
  register(provider: LensProvider): IDisposable {
    this.providers.add(provider);
    this.refresh();
    return {
      dispose: () => {
        this.providers.delete(provider);
        this.refresh();
      },
    };
  }

  /** Lenses may be others than before, for another reason than a changed text. */
  refresh(): void {
    for (const rows of this.editors.values()) rows.refresh();
  }

  private watch(made: editor.ICodeEditor): void {
    if (made.getOption(this.monaco.editor.EditorOption.inDiffEditor)) return;
    this.editors.set(made, new RowsOfEditor(this.monaco, made, (model) => this.lensesOf(model)));
    made.onDidDispose(() => {
      this.editors.get(made)?.dispose();
      this.editors.delete(made);
    });
  }

  private async lensesOf(model: editor.ITextModel): Promise<Lens[]> {
    const providers = [...this.providers].filter(({ language }) => language === model.getLanguageId());
    return (await Promise.all(providers.map((provider) => provider.lensesOf(model)))).flat();
  }
}

/** A row that is shown: its zone above the line, and the widget that lies in the zone and takes clicks. */
interface ShownRow {
  row: LensRow;
  zone: editor.IViewZone & { afterLineNumber: number };
  zoneId: string;
  widget: editor.IOverlayWidget;
}

/** The lenses of one editor. */
class RowsOfEditor {
  private shown: ShownRow[] = [];
  /** Where the shown rows' lines are by now. */
  private readonly places: editor.IEditorDecorationsCollection;
  private readonly pause = new Pause(() => void this.look());
  private readonly stops: IDisposable[];
  private lines = 0;
  private disposed = false;

  constructor(
    private readonly monaco: Monaco,
    private readonly shownIn: editor.ICodeEditor,
    private readonly lensesOf: (model: editor.ITextModel) => Promise<readonly Lens[]>,
  ) {
    this.places = shownIn.createDecorationsCollection();
    this.stops = [
      shownIn.onDidChangeModel(() => {
        this.show([]);
        this.pause.await(0);
      }),
      shownIn.onDidChangeModelContent(() => {
        const sameLines = shownIn.getModel()?.getLineCount() === this.lines;
        if (!sameLines) this.follow();
        this.pause.await(sameLines ? undefined : 0);
      }),
      shownIn.onDidLayoutChange(() => this.place()),
      shownIn.onDidChangeConfiguration((changed) => {
        const { lineHeight, fontInfo } = monaco.editor.EditorOption;
        if (changed.hasChanged(lineHeight) || changed.hasChanged(fontInfo)) this.resize();
      }),
    ];
    this.pause.await(0);
  }

  refresh(): void {
    this.pause.await(0);
  }

  dispose(): void {
    this.disposed = true;
    this.pause.stop();
    for (const stop of this.stops) stop.dispose();
  }

  private async look(): Promise<void> {
    const model = this.shownIn.getModel();
    if (model === null) return;
    const version = model.getVersionId();
    const lenses = await this.lensesOf(model);
    // A newer text has asked for itself.
    if (this.disposed || this.shownIn.getModel() !== model || model.getVersionId() !== version) return;
    this.show(rowsOf(lenses.filter(({ line }) => line <= model.getLineCount())));
  }

  /** Makes the shown rows these; rows that stay keep their place in the page. */
  private show(rows: readonly LensRow[]): void {
    const byLine = new Map(this.shown.map((one, at) => [this.places.getRange(at)?.startLineNumber ?? 0, one]));
    /** Rows whose lines have become one are there twice for one line; one of them at most stays. */
    const gone = new Set(this.shown);
    const top = this.shownIn.getScrollTop();
    const line = this.shownIn.getVisibleRanges()[0]?.startLineNumber;
    const offset = line === undefined ? 0 : this.shownIn.getTopForLineNumber(line) - top;
    this.shownIn.changeViewZones((zones) => {
      this.shown = rows.map((row) => {
        const known = byLine.get(row.line);
        if (known === undefined || !isSame(known.row, row)) return this.added(zones, row);
        gone.delete(known);
        // The same words may do other things by now.
        return Object.assign(known, { row });
      });
      for (const { zoneId, widget } of gone) {
        zones.removeZone(zoneId);
        this.shownIn.removeOverlayWidget(widget);
      }
    });
    this.places.set(
      rows.map((row) => ({
        range: new this.monaco.Range(row.line, 1, row.line, 1),
        options: { stickiness: this.monaco.editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges },
      })),
    );
    this.follow();
    this.place();
    // What the person looks at stays where it is; at the top, that is the top, with the lenses of the first line.
    if (line !== undefined && top > 0) this.shownIn.setScrollTop(this.shownIn.getTopForLineNumber(line) - offset);
  }

  private added(zones: editor.IViewZoneChangeAccessor, row: LensRow): ShownRow {
    const node = document.createElement("div");
    node.className = "lens-row";
    // The keys stay with the text.
    node.addEventListener("mousedown", (event) => event.preventDefault());
    row.lenses.forEach((lens, at) => {
      if (at > 0) node.append(separator());
      node.append(
        buttonOf(lens, () => this.shown.find(({ widget }) => widget.getDomNode() === node)?.row.lenses[at]?.run()),
      );
    });
    nextId += 1;
    const id = `millrace.lens.${nextId}`;
    const widget: editor.IOverlayWidget = { getId: () => id, getDomNode: () => node, getPosition: () => null };
    /** Where the row is in the editor; null while it is not shown. */
    let shownAt: number | null = null;
    node.style.display = "none";
    const zone = {
      afterLineNumber: row.line - 1,
      heightInPx: this.height,
      domNode: document.createElement("div"),
      // Without this a click beside the lenses would put the cursor at the line above.
      suppressMouseDown: true,
      onDomNodeTop: (top: number) => {
        // Said of every zone at every frame; most are far from what is shown.
        const place = top < -this.height ? null : top;
        if (place === shownAt) return;
        node.style.display = place === null ? "none" : "";
        if (place !== null) node.style.top = `${place}px`;
        shownAt = place;
      },
    };
    this.shownIn.addOverlayWidget(widget);
    return { row, zone, zoneId: zones.addZone(zone), widget };
  }

  /** Zones go where their lines went. */
  private follow(): void {
    this.lines = this.shownIn.getModel()?.getLineCount() ?? 0;
    const moved = this.shown.flatMap((one, at) => {
      const line = this.places.getRange(at)?.startLineNumber;
      return line === undefined || line - 1 === one.zone.afterLineNumber ? [] : { one, line };
    });
    if (moved.length === 0) return;
    this.shownIn.changeViewZones((zones) => {
      for (const { one, line } of moved) {
        one.zone.afterLineNumber = line - 1;
        zones.layoutZone(one.zoneId);
      }
    });
  }

  /** Lenses begin where the text of their lines does. */
  private place(): void {
    const model = this.shownIn.getModel();
    const { contentLeft } = this.shownIn.getLayoutInfo();
    const { spaceWidth } = this.shownIn.getOption(this.monaco.editor.EditorOption.fontInfo);
    for (const { row, widget } of this.shown) {
      const { style } = widget.getDomNode();
      const column = model && row.line <= model.getLineCount() ? model.getLineFirstNonWhitespaceColumn(row.line) : 1;
      style.left = `${contentLeft + Math.max(0, column - 1) * spaceWidth}px`;
      style.height = style.lineHeight = `${this.height}px`;
    }
  }

  private resize(): void {
    this.shownIn.changeViewZones((zones) => {
      for (const { zone, zoneId } of this.shown) {
        zone.heightInPx = this.height;
        zones.layoutZone(zoneId);
      }
    });
    this.place();
  }

  private get height(): number {
    return Math.round(this.shownIn.getOption(this.monaco.editor.EditorOption.lineHeight) * rowHeight);
  }
}

let nextId = 0;

function isSame(left: LensRow, right: LensRow): boolean {
  const words = ({ lenses }: LensRow) => lenses.map(({ title, tooltip }) => `${title}\n${tooltip}`).join("\n");
  return words(left) === words(right);
}

function separator(): HTMLElement {
  const node = document.createElement("span");
  node.ariaHidden = "true";
  node.textContent = "|";
  return node;
}

/** Not in the order of the Tab key, which is the text's; what lenses do is in the palette too. */
function buttonOf({ title, tooltip }: Lens, run: () => void): HTMLButtonElement {
  const [, icon, words = title] = /^\$\(([\w-]+)\) (.*)$/.exec(title) ?? [];
  const button = document.createElement("button");
  Object.assign(button, { type: "button", tabIndex: -1, title: tooltip, textContent: words });
  if (icon !== undefined) {
    const sign = document.createElement("span");
    sign.className = `codicon codicon-${icon}`;
    sign.ariaHidden = "true";
    button.prepend(sign);
  }
  button.addEventListener("click", run);
  return button;
}
