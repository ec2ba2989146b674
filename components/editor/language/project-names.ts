import { languageOf } from "./language-of";
import { mentionsIn } from "./mentions";
import type { ProjectLookup } from "./project-lookup";
import { type ProjectVariable, variablesIn, variablesPath } from "./variables";

/** What dbt's index does not tell of variables: values and comments, and the environment variables that the project reads. */
export interface KnownNames {
  readonly variables: readonly ProjectVariable[];
  readonly environment: readonly string[];
}
export const noNames: KnownNames = { variables: [], environment: [] };

interface Host {
  lookup(): ProjectLookup;
  read(path: string): Promise<string | null>;
  texts(wanted: {
    words: readonly string[];
    paths: readonly string[];
  }): Promise<{ files: readonly { path: string; text: string }[] }>;
}

/** Reads them when they are first needed, and keeps them until a text changes that may hold them. */
export class ProjectNames {
  known: KnownNames = noNames;
  private readonly running = new Map<"var" | "env-var", Promise<void>>();

  constructor(private readonly host: Host) {}

  /** Brings variables (`var`) or environment variables up to date. When that cannot be had, what was known stays. */
  prepare(kind: "var" | "env-var"): Promise<void> {
    const running = this.running.get(kind) ?? this.read(kind);
    this.running.set(kind, running);
    return running;
  }

  private async read(kind: "var" | "env-var"): Promise<void> {
    try {
      await (kind === "var" ? this.readVariables() : this.findEnvironment());
    } catch (error) {
      this.running.delete(kind);
      console.warn("The variables of the project could not be read.", error);
    }
  }

  /** A file has another text; null: any may have. */
  forget(path: string | null): void {
    if (path === null || path === variablesPath) {
      this.running.delete("var");
    }
    // A name that was just typed is offered from its own text.
    if (path === null) {
      this.running.delete("env-var");
    }
  }

  private async readVariables(): Promise<void> {
    const { projectName, macros } = this.host.lookup().index;
    const text = await this.host.read(variablesPath);
    const packages = new Set([projectName, ...macros.map(({ packageName }) => packageName)]);
    this.known = { ...this.known, variables: text === null ? [] : variablesIn(text, packages) };
  }

  private async findEnvironment(): Promise<void> {
    const { files } = await this.host.texts({ words: ["env_var"], paths: [] });
    const named = files.flatMap(({ path, text }) =>
      mentionsIn(languageOf(path), text).flatMap((mention) =>
        mention.kind === "env_var" && mention.name !== "" ? mention.name : [],
      ),
    );
    this.known = { ...this.known, environment: [...new Set(named)].sort() };
  }
}
