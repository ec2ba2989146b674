import type { IndexNode } from "@/server/contract";
import { completionsAt } from "./completion";
import type { CompletionList } from "./completion-entry";
import { contextAt } from "./context";
import { FruitlessWord } from "./fruitless";
import { hoverAt, type LastPreviewOf } from "./hover";
import { inTime } from "./in-time";
import { languageOf } from "./language-of";
import { isTooLong } from "./long-texts";
import { mentionsIn } from "./mentions";
import { type Definition, definitionAt } from "./navigation";
import { KnownColumns, nodeOf, type ReadColumns } from "./node-columns";
import type { ProjectLookup } from "./project-lookup";
import { ProjectNames } from "./project-names";
import { type ReferencePlace, referencesIn } from "./references";
import { type Signature, signatureAt } from "./signature";
import { queriesOf } from "./sql-query";
import { allSelects } from "./sql-scope";
import {
  type FoundThing,
  isLocal,
  nameOf,
  type Place,
  type ProjectView,
  type SourceFile,
  type Thing,
  thingAt,
  thingOf,
} from "./things";

/** How many words one search may have. */
const mostWords = 50;

/** A file of the project as the person sees it. `version` is what is on disk; null when the text is not saved. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
  readonly version: string | null;
}
/** What the language asks of the page around it. */
export interface LanguageHost {
  /** What is known of the project by now: at first names alone. */
  lookup(): ProjectLookup;
  /** Waits for all that can be known of it. */
  known(): Promise<void>;
  read(path: string): Promise<string | null>;
  /** Left out where there is no session to ask. */
  readonly columns?: ReadColumns;
  /** Files that hold one of the words, and those that are named; unsaved texts count. */
  texts(wanted: {
    words: readonly string[];
    paths: readonly string[];
  }): Promise<{ files: ProjectFile[]; limited: boolean }>;
  /** The person's latest previews; `prepare` brings them up to date. */
  readonly previews: { prepare(): Promise<void>; of: LastPreviewOf };
  /** What this person chooses, and how often. */
  readonly usage: { of(kind: string, name: string): number; note(kind: string, name: string): void };
}
export interface FoundReferences {
  readonly thing: Thing;
  readonly files: readonly (ProjectFile & { readonly places: readonly ReferencePlace[] })[];
  /** The project has more files with this name than were looked into. */
  readonly limited: boolean;
}

/** Everything that the dbt language answers about a file of the project. */
export class LanguageService {
  readonly columns: KnownColumns;
  private readonly names: ProjectNames;
  private readonly fruitless = new FruitlessWord();
  constructor(private readonly host: LanguageHost) {
    this.columns = new KnownColumns(host.lookup, (path) => host.read(path), host.columns ?? null);
    this.names = new ProjectNames(host);
  }

  get view(): ProjectView {
    return { lookup: this.host.lookup(), columns: this.columns.of };
  }

  /** A file to ask of. One that is too long is taken for an empty one, about which there is nothing to say. */
  file(path: string, text: string): SourceFile {
    return isTooLong(text) ? { path, text: "", language: "plaintext" } : { path, text, language: languageOf(path) };
  }

  /** The person chose this from the list. */
  chosen(kind: string, name: string): void {
    this.host.usage.note(kind, name);
  }

  /** A file has another text (null: the project's graph is another). */
  changed(path: string | null): void {
    this.fruitless.forgetBut(path);
    this.columns.forget(path);
    this.names.forget(path);
  }

  /** The session knows other columns than before. */
  columnsChanged(): void {
    this.fruitless.forgetBut(null);
    this.columns.forgetTold();
  }

  /** Reads what is needed to know the columns of what a file reads. */
  async prepare(file: SourceFile): Promise<void> {
    const { lookup } = this.view;
    const own = lookup.nodeOfFile(file.path);
    const relations =
      file.language === "dbt-sql"
        ? queriesOf(file.text)
            .flatMap(allSelects)
            .flatMap((select) => select.relations.flatMap(({ target }) => nodeOf(lookup, target, file.path) ?? []))
        : lookup.nodesIn(file.path);
    const described = file.language === "dbt-yaml" ? lookup.describedIn(file.path) : [];
    await this.columns.prepare([...new Set<IndexNode>([...relations, ...described, ...(own ? [own] : [])])]);
  }

  /** Whether a space asks for a name: after `from`, in Jinja and in YAML. Elsewhere the list would be in the way. */
  asksAfterSpace({ text, language }: SourceFile, offset: number): boolean {
    return !["sql", "column", "markdown", "none"].includes(contextAt(text, offset, language).kind);
  }

  async complete(file: SourceFile, offset: number): Promise<CompletionList> {
    const { path, text } = file;
    if (file.language === "dbt-sql" && this.fruitless.isAt(path, text, offset)) {
      return { entries: [], more: false };
    }
    const { kind } = contextAt(text, offset, file.language);
    await (kind === "var" || kind === "env-var" ? this.names.prepare(kind) : inTime(this.prepare(file)));
    const usage = (kind: string, name: string) => this.host.usage.of(kind, name);
    const found = completionsAt({ ...this.view, ...file, offset, usage, names: this.names.known });
    if (found.entries.length === 0 && !found.more) {
      this.fruitless.note(path, text, offset);
    }
    return found;
  }

  async hover(file: SourceFile, offset: number): Promise<({ markdown: string } & Place) | null> {
    await this.host.known();
    await this.prepare(file);
    const found = thingAt(this.view, file, offset);
    if (found?.thing.kind === "node") {
      await Promise.all([this.columns.prepare([found.thing.node]), inTime(this.host.previews.prepare())]);
    } else if (found?.thing.kind === "var") {
      await this.names.prepare("var");
    }
    const { variables } = this.names.known;
    return hoverAt(this.view, file, { offset, lastPreview: (node) => this.host.previews.of(node), variables });
  }

  signature(file: SourceFile, offset: number): Signature | null {
    return signatureAt(this.view.lookup, file.text, offset);
  }

  async thingAt(file: SourceFile, offset: number): Promise<FoundThing | null> {
    await this.host.known();
    await this.prepare(file);
    return thingAt(this.view, file, offset);
  }

  async definition(file: SourceFile, offset: number): Promise<(Definition & Place) | null> {
    await this.host.known();
    await this.prepare(file);
    return definitionAt(this.view, file, { offset, read: (path) => this.host.read(path) });
  }

  /** Every place of the project that names what is at `offset`. */
  async references(file: SourceFile, offset: number): Promise<FoundReferences | null> {
    const found = await this.thingAt(file, offset);
    return found && this.referencesOf(file, found.thing);
  }

  /** Every place of the project that names a thing; a local one is looked for in its own file. */
  async referencesOf(file: SourceFile, thing: Thing): Promise<FoundReferences> {
    await this.host.known();
    const { files, limited } = isLocal(thing)
      ? { files: [{ path: file.path, text: file.text, version: null }], limited: false }
      : await this.candidates(thing);
    if (thing.kind === "column") {
      await Promise.all(files.map((one) => this.prepare(this.file(one.path, one.text))));
    }
    const named = files.map((one) => ({
      ...one,
      places: referencesIn(this.view, this.file(one.path, one.text), thing),
    }));
    return { thing, files: named.filter(({ places }) => places.length > 0), limited };
  }

  /** The files that may name a thing: by the word, of a column by the graph. */
  async candidates(thing: Thing): Promise<{ files: ProjectFile[]; limited: boolean }> {
    if (thing.kind !== "column") {
      return this.host.texts({ words: [nameOf(thing)], paths: [] });
    }
    const { lookup } = this.view;
    const nodes = [thing.node, ...lookup.usedBy(thing.node.uniqueId)];
    const own = nodes.filter((node) => node.packageName === lookup.index.projectName);
    const paths = own.flatMap((node) => [node.path, node.patchPath]).filter((path) => path !== null);
    return this.host.texts({ words: [], paths: [...new Set(paths)] });
  }

  /** The files of the project, this one left out, that call a macro of a file or test by it. */
  async usersOfMacros(path: string): Promise<string[]> {
    await this.host.known();
    const { lookup } = this.view;
    const macros = lookup.macrosIn(path).slice(0, mostWords);
    const own = new Set(macros.map(({ uniqueId }) => uniqueId));
    const words = macros.map(({ name }) => name.replace(/^test_/, ""));
    const { files } = await this.host.texts({ words, paths: [] });
    const uses = ({ path: other, text }: ProjectFile) =>
      mentionsIn(languageOf(other), text).some((mention) => {
        const thing = mention.kind === "macro" || mention.kind === "test" ? thingOf(lookup, mention) : null;
        return !mention.defines && thing?.kind === "macro" && own.has(thing.macro.uniqueId);
      });
    return files.flatMap((file) => (file.path !== path && uses(file) ? file.path : [])).sort();
  }

  /** Reads files that hold one of the words, and those that are named. */
  texts(wanted: {
    words?: readonly string[];
    paths?: readonly string[];
  }): Promise<{ files: ProjectFile[]; limited: boolean }> {
    return this.host.texts({ words: wanted.words ?? [], paths: wanted.paths ?? [] });
  }
}
