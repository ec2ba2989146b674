import type { NodeColumns } from "@/server/contract";
import type { LanguageService } from "../language/language-service";
import type { Columns } from "../language/sql-scope";
import { Usage } from "../language/usage";
import { isDirty } from "../model/buffers";
import type { EditorController } from "../model/controller";
import type { RefactoringKind } from "../model/editor-port";
import { LastPreviews } from "../model/last-previews";
import { Places } from "../model/places";
import type { EditorServices } from "../model/services";
import type { Monaco } from "./setup";

/** What the session takes in one request. */
const mostNodes = 200;

function columnsOfNode({ uniqueId, complete, columns }: NodeColumns): Columns {
  const list = columns.map(({ name, type }) => {
    return { name, type: type ?? null, description: "", origin: { nodeId: uniqueId, column: name } };
  });
  return { complete, list };
}

/**
 * The dbt language of one workspace: its service (loaded when it is first asked), the person's unsaved texts for it, and the places
 * to go back to.
 */
export class LanguagePort {
  readonly places: Places;
  private loaded: Promise<LanguageService> | null = null;
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly monaco: Monaco,
    private readonly controller: EditorController,
    private readonly services: EditorServices,
  ) {
    this.places = new Places(
      ({ path, line, column }) => controller.open(path, { place: { line, column } }),
      () => controller.files.awaitedPath ?? controller.activePath(),
    );
    this.stops.push(
      controller.cursor.subscribe(() => {
        const cursor = controller.cursor.get();
        if (cursor) {
          this.places.note(cursor);
        }
      }),
    );
  }

  /** The language, with the project as the person sees it. */
  service(): Promise<LanguageService> {
    this.loaded ??= this.load();
    return this.loaded;
  }

  /** Whether a model reads a source table already (or dbt does not know the table). */
  isStaged(sourceName: string, table: string): boolean {
    const lookup = this.controller.lookup.get();
    const node = lookup.source(sourceName, table);
    return node === null || lookup.usedBy(node.uniqueId).some(({ resourceType }) => resourceType === "model");
  }

  /** Opens the dialog of a refactoring, at the cursor or at `place`. */
  refactor(kind: RefactoringKind, place: { path: string; start: number; end: number } | null = null): void {
    const path = place?.path ?? this.controller.activePath();
    const selection = place ?? this.selection(path);
    this.controller.refactoring.set({ kind, path, start: selection?.start ?? 0, end: selection?.end ?? 0 });
  }

  /** Takes the last refactoring back, whole. */
  undoRefactoring(): void {
    this.controller.refactoring.set({ kind: "undo", path: null, start: 0, end: 0 });
  }

  /** What is selected in the text editor that shows a file; in the one with the focus where there are several. */
  private selection(path: string | null): { start: number; end: number } | null {
    const showing = this.monaco.editor.getEditors().filter((one) => {
      const uri = one.getModel()?.uri;
      return path !== null && uri?.scheme === "millrace" && uri.path.slice(1) === path;
    });
    const chosen = showing.find((one) => one.hasTextFocus()) ?? showing[0];
    const model = chosen?.getModel();
    const selection = chosen?.getSelection();
    return model && selection
      ? {
          start: model.getOffsetAt(selection.getStartPosition()),
          end: model.getOffsetAt(selection.getEndPosition()),
        }
      : null;
  }

  dispose(): void {
    for (const stop of this.stops) {
      stop();
    }
  }

  /** The session knows other columns than before. */
  columnsChanged(): void {
    void this.loaded?.then((service) => service.columnsChanged());
  }

  private async load(): Promise<LanguageService> {
    const { LanguageService } = await import("../language/language-service");
    const { controller, services } = this;
    const service = new LanguageService({
      lookup: () => controller.project.soFar,
      known: () => controller.project.fetched,
      read: (path) => this.read(path),
      columns: (uniqueIds) => this.columns(uniqueIds),
      texts: (wanted) => this.texts(wanted),
      previews: new LastPreviews(() => services.history()),
      usage: new Usage(`millrace:usage:${services.workspaceId}`),
    });
    let texts = controller.buffers.store.get();
    this.stops.push(
      controller.lookup.subscribe(() => service.changed(null)),
      controller.project.names.subscribe(() => service.changed(null)),
      controller.buffers.store.subscribe(() => {
        const now = controller.buffers.store.get();
        for (const [path, buffer] of now) {
          if (texts.get(path)?.text !== buffer.text) {
            service.changed(path);
          }
        }
        texts = now;
      }),
    );
    return service;
  }

  private async columns(uniqueIds: readonly string[]): Promise<Map<string, Columns>> {
    try {
      const nodes = await this.services.columns(uniqueIds.slice(0, mostNodes));
      return new Map(nodes.map((node) => [node.uniqueId, columnsOfNode(node)]));
    } catch (error) {
      // The session is away; when it is back, the columns are asked for again.
      console.warn("The session did not tell the columns of nodes.", error);
      return new Map();
    }
  }

  private async read(path: string): Promise<string | null> {
    const buffer = this.controller.buffers.get(path);
    return buffer ? buffer.text : ((await this.services.texts({ words: [], paths: [path] })).files[0]?.text ?? null);
  }

  private async texts(wanted: { words: readonly string[]; paths: readonly string[] }) {
    const words = [...wanted.words];
    const { files, limited } = await this.services.texts({ words, paths: [...wanted.paths] });
    const found = new Map<string, { path: string; text: string; version: string | null }>(
      files.map((file) => [file.path, file]),
    );
    for (const buffer of this.controller.buffers.store.get().values()) {
      const { path, text, baseVersion } = buffer;
      if (wanted.paths.includes(path) || words.some((word) => text.includes(word))) {
        found.set(path, { path, text, version: isDirty(buffer) ? null : baseVersion });
      } else {
        found.delete(path);
      }
    }
    return { files: [...found.values()], limited };
  }
}
