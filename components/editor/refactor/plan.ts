import type { ProjectFile } from "../language/language-service";
import type { ProjectLookup } from "../language/project-lookup";

/** One stretch of a file that becomes another. */
export interface PlannedEdit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Why it is not certain, or what is special; shown beside the change. */
  readonly note: string | null;
  /** Whether it is made unless the person decides otherwise. */
  readonly chosen: boolean;
}
/** A file that comes, goes or moves. */
export type PlannedFile =
  | { readonly kind: "create"; readonly path: string; readonly text: string }
  | { readonly kind: "rename"; readonly path: string; readonly newPath: string }
  | { readonly kind: "remove"; readonly path: string; readonly text: string };
/** What a refactoring would change, before it does. */
export interface Plan {
  readonly title: string;
  readonly edits: readonly PlannedEdit[];
  readonly files: readonly PlannedFile[];
  /** The texts that the edits were made for. */
  readonly texts: ReadonlyMap<string, ProjectFile>;
  /** What the person should know before applying it. */
  readonly warnings: readonly string[];
}

/** Why a refactoring cannot be done, in words for the person; `field` is the answer that is wrong. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly field: "name" | "folder" | "sql" = "name",
  ) {
    super(message);
  }
}

/** Collects a plan; edits of one place are made once. */
export class PlanBuilder {
  private readonly edits = new Map<string, PlannedEdit>();
  private readonly files: PlannedFile[] = [];
  private readonly texts = new Map<string, ProjectFile>();
  private readonly warnings = new Set<string>();

  constructor(private readonly title: string) {}

  edit(
    file: ProjectFile,
    { start, end }: { start: number; end: number },
    text: string,
    options: { note?: string; chosen?: boolean } = {},
  ): void {
    const { note = null, chosen = true } = options;
    const key = `${file.path}\0${start}\0${end}`;
    const known = this.edits.get(key);
    this.texts.set(file.path, file);
    if (!known || (!known.chosen && chosen)) {
      this.edits.set(key, { path: file.path, start, end, text, note, chosen });
    }
  }

  /** Forgets the edits of a file, to plan them again. */
  forget(path: string): void {
    for (const [key, edit] of this.edits) {
      if (edit.path === path) {
        this.edits.delete(key);
      }
    }
  }

  /** Whether a planned edit replaces the whole of a place. */
  covers(path: string, place: { start: number; end: number }): boolean {
    return [...this.edits.values()].some(
      (edit) => edit.path === path && edit.start <= place.start && place.end <= edit.end,
    );
  }

  file(file: PlannedFile): void {
    this.files.push(file);
  }

  warn(message: string): void {
    this.warnings.add(message);
  }

  build(): Plan {
    const edits = [...this.edits.values()].sort(
      (left, right) => left.path.localeCompare(right.path) || left.start - right.start || left.end - right.end,
    );
    return { title: this.title, edits, files: this.files, texts: this.texts, warnings: [...this.warnings] };
  }
}

const plainName = /^[A-Za-z_]\w*$/;
/** Words that no dialect takes for the name of a query or a column. */
const reserved = new Set(
  `all and any as asc between by case cast check collate column constraint create cross current_date current_time
  current_timestamp default delete desc distinct drop else end except exists false for foreign from full group having in
  inner insert intersect into is join lateral left like limit natural not null offset on or order outer primary references
  right select set some table then true union unique update using values when where window with`.split(/\s+/),
);
/** With its ending the name is that of a file, which has at most 255 bytes. */
const longestName = 250;

/** The name, trimmed. @throws Refusal when dbt could not use it. */
export function checkedName(name: string, what: string): string {
  const trimmed = name.trim();
  if (trimmed === "") {
    throw new Refusal(`Type the new name of the ${what}.`);
  }
  if (!plainName.test(trimmed)) {
    throw new Refusal("Use letters, digits and underscores, and begin with a letter.");
  }
  if (trimmed.length > longestName) {
    throw new Refusal(`Use at most ${longestName} characters.`);
  }
  if ((what === "CTE" || what === "column") && reserved.has(trimmed.toLowerCase())) {
    throw new Refusal(`${trimmed} is a word of SQL. Choose another name.`);
  }
  return trimmed;
}

/** The folders in which dbt looks for the project's models, in the project's order. */
export function modelRoots(lookup: ProjectLookup): readonly string[] {
  const { modelPaths } = lookup.index;
  return modelPaths.length === 0 ? ["models"] : modelPaths;
}

/** Whether dbt looks for models at a path of the project. */
export function isInModels(lookup: ProjectLookup, path: string): boolean {
  return modelRoots(lookup).some((root) => root === "." || path === root || path.startsWith(`${root}/`));
}

/** The path of a new model in a folder as it was typed. @throws Refusal when dbt would not look for models there */
export function modelPath(lookup: ProjectLookup, folder: string, name: string): string {
  const parts = folder.trim().replace(/^\.\//, "").replace(/\/+$/, "").split("/");
  const isOdd = parts.some((part) => part.trim() === "" || /^\.|[\\:]/.test(part));
  if (isOdd || !isInModels(lookup, parts.join("/"))) {
    throw new Refusal(`Choose a folder of models: ${modelRoots(lookup).join(", ")}, or one inside.`, "folder");
  }
  return `${parts.join("/")}/${name}.sql`;
}

/** The lines of a text one step further in. */
export function indented(text: string, by = "    "): string {
  return text
    .split("\n")
    .map((line) => (line.trim() === "" ? "" : by + line))
    .join("\n");
}

/** A text without the indentation that all its lines share. */
export function dedented(text: string): string {
  const lines = text.split("\n");
  const rest = lines.slice(1).filter((line) => line.trim() !== "");
  const first = lines[0] ?? "";
  const depth = rest.length === 0 ? 0 : Math.min(...rest.map((line) => line.search(/\S/)));
  const own = first.search(/\S/);
  const cut = own > 0 ? Math.min(depth, own) : depth;
  return lines.map((line, index) => (index === 0 ? line.slice(Math.max(0, own)) : line.slice(cut))).join("\n");
}
