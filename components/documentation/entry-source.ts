import { errorText, toErrorBody } from "@/components/api";
import { Store } from "@/components/shell";
import type { IndexNode, TextEdit } from "@/server/contract";
import type { EditorPort, FileEdits, FilePort } from "./editor-port";
import { type Inherited, withDocCalls } from "./inherit";
import { changeEntry, type EntryChange, type NodeEntry, newSchemaFile, nothingSaid, readEntry } from "./schema-file";

/** What the form shows. */
export interface EntryState {
  /** The file that says it; null while nothing describes the node. */
  readonly path: string | null;
  readonly entry: NodeEntry;
  readonly loading: boolean;
  /** Why the file cannot be read or changed. */
  readonly error: string | null;
  /** The file cannot be read now: `entry` is what was read last. */
  readonly unreadable: boolean;
  readonly canUndo: boolean;
}
interface Text {
  readonly path: string;
  readonly text: string;
  readonly version: string | null;
  readonly open: boolean;
}
type Files = Pick<EditorPort, "buffers" | "edits" | "lookup">;

/**
 * The YAML entry of one node: follows its text in the editor when the file is open, else on disk, and writes one change at a
 * time, each with a way back.
 */
export class EntrySource {
  readonly state = new Store<EntryState>({
    path: null,
    entry: nothingSaid,
    loading: true,
    error: null,
    unreadable: false,
    canUndo: false,
  });
  private text: Text | null = null;
  private undos: (readonly FileEdits[])[] = [];
  private work: Promise<void> = Promise.resolve();
  /** Why the latest change was not made; it counts until the text is another, or something else is changed. */
  private refusal: { readonly message: string; readonly text: string | null } | null = null;

  constructor(
    private readonly controller: Files,
    private readonly services: FilePort,
    private readonly node: IndexNode,
    private path: string | null,
  ) {}

  /** Starts to follow the file; returns the way to stop. */
  start(): () => void {
    void this.read();
    const stops = [
      this.controller.buffers.store.subscribe(() => {
        const buffer = this.path === null ? null : this.controller.buffers.get(this.path);
        if (buffer ? buffer.text !== this.text?.text || !this.text.open : this.text?.open) void this.read();
      }),
      this.controller.lookup.subscribe(() => void this.read()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Makes changes as one step, after those before it. What goes wrong is in the state's `error`. */
  change(...changes: readonly EntryChange[]): Promise<void> {
    return this.changeBy(async () => changes);
  }

  /** Writes descriptions from upstream, as one step; those that call `doc()` there call it here. */
  inherit(found: readonly Inherited[]): Promise<void> {
    return this.changeBy(async () =>
      (await this.asWritten(found)).map(({ column, written }) => ({ kind: "description", column, text: written })),
    );
  }

  /** Descriptions from upstream with what `inherit` writes of them. */
  asWritten(found: readonly Inherited[]): Promise<Inherited[]> {
    return withDocCalls(found, async (path) => {
      const buffer = this.controller.buffers.get(path);
      if (buffer) return buffer.text;
      try {
        return (await this.services.read(path)).text;
      } catch (error) {
        // dbt may know of a file that is gone, or was never one of this workspace.
        if (toErrorBody(error).code === "NOT_FOUND") return null;
        throw error;
      }
    });
  }

  private changeBy(decide: () => Promise<readonly EntryChange[]>): Promise<void> {
    return this.next(
      async () => {
        const changes = await decide();
        const { nodes } = this.controller.lookup.get().index;
        const path = this.path ?? newPathFor(this.node, nodes);
        if (this.path === null && !nodes.some((node) => node.patchPath === path)) await this.create(path);
        this.path = path;
        await this.readNow();
        if (this.text !== null) await this.apply(this.text, this.changed(this.text.text, changes));
      },
      { isChange: true },
    );
  }

  /** Takes the latest change of this form back. */
  undo(): Promise<void> {
    return this.next(
      async () => {
        const undo = this.undos.pop();
        if (undo === undefined) return;
        const { refused } = await this.controller.edits.apply(undo);
        await this.readNow();
        if (refused[0]) throw new Error(`${refused[0].message} It cannot be taken back here any more.`);
      },
      { isChange: true },
    );
  }

  /** Makes the file that names the node, unless there is one by that name already: then that says more of the node. */
  private async create(path: string): Promise<void> {
    try {
      await this.services.save({ path, text: newSchemaFile(this.node), baseVersion: null, overwrite: false });
    } catch (error) {
      if (toErrorBody(error).code !== "CONFLICT") throw error;
    }
  }

  private changed(text: string, changes: readonly EntryChange[]): string {
    return changes.reduce((result, change) => changeEntry(result, this.node, change), text);
  }

  private async apply({ path, version, text, open }: Text, changed: string): Promise<void> {
    if (changed === text) return;
    const edits = [onlyChange(text, changed)];
    const outcome = await this.controller.edits.apply([{ path, version, text: open ? text : null, edits }]);
    if (outcome.refused[0]) throw new Error(outcome.refused[0].message);
    this.undos.push(outcome.undo);
    await this.readNow();
  }

  private read(): Promise<void> {
    return this.next(() => this.readNow());
  }

  private async readNow(): Promise<void> {
    try {
      await this.readFile();
    } catch (error) {
      this.state.update((state) => ({ ...state, path: this.path, unreadable: true }));
      throw error;
    }
  }

  private async readFile(): Promise<void> {
    const path = this.path;
    if (path === null) {
      this.show({ path: null, entry: nothingSaid });
      return;
    }
    const buffer = this.controller.buffers.get(path);
    if (buffer) {
      this.text = { path, text: buffer.text, version: buffer.baseVersion, open: true };
    } else {
      const content = await this.services.read(path);
      if (content.text === null) throw new Error(`${path} is not a text file of a size that can be edited here.`);
      this.text = { path, text: content.text, version: content.version, open: false };
    }
    this.show({ path, entry: readEntry(this.text.text, this.node) ?? nothingSaid });
  }

  private show(found: Pick<EntryState, "path" | "entry">): void {
    const error = this.refusal !== null && this.refusal.text === this.textNow() ? this.refusal.message : null;
    this.state.set({
      ...found,
      ...{ loading: false, error, unreadable: false, canUndo: this.undos.length > 0 },
    });
  }

  private textNow(): string | null {
    return this.text?.text ?? null;
  }

  private next(step: () => Promise<void>, { isChange = false } = {}): Promise<void> {
    if (isChange) this.refusal = null;
    this.work = this.work.then(step).catch((thrown: unknown) => {
      const error = thrown instanceof Error && thrown.name !== "TRPCClientError" ? thrown.message : errorText(thrown);
      if (isChange) this.refusal = { message: error, text: this.textNow() };
      this.state.update((state) => ({ ...state, loading: false, error, canUndo: this.undos.length > 0 }));
    });
    return this.work;
  }
}

/** The one edit that leads from a text to another: what is between their common beginning and end. */
export function onlyChange(before: string, after: string): TextEdit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return { start, end: before.length - end, text: after.slice(start, after.length - end) };
}

/** Where a node that nothing describes yet is described: the file of a neighbour in its folder, else a new one there. */
export function newPathFor(node: IndexNode, nodes: readonly IndexNode[]): string {
  const folder = node.path.slice(0, node.path.lastIndexOf("/") + 1);
  const neighbours = nodes.filter(
    (other) => other.resourceType === node.resourceType && other.patchPath?.startsWith(folder),
  );
  const beside = neighbours.find((other) => other.patchPath?.lastIndexOf("/") === folder.length - 1);
  if (beside?.patchPath) return beside.patchPath;
  const names = folder.split("/").filter(Boolean);
  return `${folder}_${names.at(-1) ?? "models"}__${node.resourceType}s.yml`;
}
