import type { IndexNode } from "@/server/contract";
import type { LanguageService } from "../language/language-service";
import { queriesOf } from "../language/sql-query";
import { allCtes, nameOf, type SourceFile, type Thing } from "../language/things";
import type { RefactoringRequest } from "../model/editor-port";
import { extractableName, planExtractCte, planExtractModel } from "./extract";
import { inlineTarget, planInlineModel } from "./inline-model";
import { isInModels, modelRoots, type Plan, Refusal } from "./plan";
import { kindOf, planRename, renameTarget } from "./rename";
import { planStagingModel, stagingPlace, stagingTarget } from "./staging-model";
import { planSqlToModel, planUseRefs } from "./use-refs";

/** What the person may say to a refactoring; a field that is absent is not asked for. */
export interface Answers {
  readonly name?: string;
  readonly folder?: string;
  readonly sql?: string;
  readonly downstream?: "rename" | "keep";
}
/** A refactoring that is ready to be asked for its plan. */
export interface Form {
  readonly title: string;
  readonly confirm: string;
  readonly answers: Answers;
  plan(answers: Answers): Promise<Plan>;
}

/** What each refactoring is called before more is known of it. */
export const formTitles: Readonly<Record<RefactoringRequest["kind"], string>> = {
  rename: "Rename",
  extractCte: "Extract to a CTE",
  extractModel: "Extract to a model",
  useRefs: "Replace table names by ref and source",
  inlineModel: "Inline ephemeral model",
  stagingModel: "Create staging model",
  sqlToModel: "Turn SQL into a model",
  undo: "Undo the last refactoring",
};

/** Looks at the place and prepares what to ask. @throws Refusal when there is nothing to do here */
export async function formFor(service: LanguageService, file: SourceFile, request: RefactoringRequest): Promise<Form> {
  const selection = { start: request.start, end: request.end };
  const { lookup } = service.view;
  const isModel = file.path.includes("/") && isInModels(lookup, file.path);
  const folder = isModel ? file.path.slice(0, file.path.lastIndexOf("/")) : (modelRoots(lookup)[0] ?? "models");
  switch (request.kind) {
    case "rename": {
      const { thing } = await renameTarget(service, file, request.start);
      return renameForm(service, file, thing);
    }
    case "extractCte":
      extractableName(file, selection, "cte");
      return {
        title: formTitles.extractCte,
        confirm: "Extract",
        answers: { name: freeCteName(file.text) },
        plan: async ({ name = "" }) => planExtractCte(file, { selection, name }),
      };
    case "extractModel":
      return {
        title: formTitles.extractModel,
        confirm: "Extract",
        answers: { name: freeName(service, extractableName(file, selection, "model")), folder },
        plan: async ({ name = "", folder: place = folder }) =>
          planExtractModel(service, file, { selection, name, folder: place }),
      };
    case "useRefs": {
      const plan = planUseRefs(service, file);
      return { title: formTitles.useRefs, confirm: "Replace", answers: {}, plan: async () => plan };
    }
    case "inlineModel": {
      const node = await inlineTarget(service, file, request.start);
      return {
        title: `Inline ${node.name}`,
        confirm: "Inline",
        answers: {},
        plan: () => planInlineModel(service, node),
      };
    }
    case "stagingModel":
      return stagingForm(service, await stagingTarget(service, file, request.start));
    case "sqlToModel": {
      const selected = file.text.slice(selection.start, selection.end);
      return {
        title: formTitles.sqlToModel,
        confirm: "Create model",
        answers: { sql: selected || (isModel ? "" : file.text), name: "", folder },
        plan: ({ sql = "", name = "", folder: place = folder }) =>
          planSqlToModel(service, { sql, name, folder: place }),
      };
    }
    case "undo":
      throw new Refusal("There is nothing to undo.");
  }
}

/** A name that a new model may have, or nothing. */
function freeName({ view: { lookup } }: LanguageService, name: string | null): string {
  return name === null || /\W/.test(name) || lookup.ref(name, lookup.index.projectName) ? "" : name;
}

/** A name that no CTE of the text has. */
function freeCteName(text: string): string {
  const taken = new Set(
    queriesOf(text)
      .flatMap(allCtes)
      .map(({ name }) => name.text.toLowerCase()),
  );
  const names = ["extracted", ...Array.from({ length: taken.size }, (_, index) => `extracted_${index + 2}`)];
  return names.find((name) => !taken.has(name)) ?? "";
}

function renameForm(service: LanguageService, file: SourceFile, thing: Thing): Form {
  const isColumn = thing.kind === "column" || thing.kind === "local-column";
  return {
    title: `Rename ${kindOf(thing)} ${nameOf(thing)}`,
    confirm: "Rename",
    answers: { name: nameOf(thing), ...(isColumn ? { downstream: "rename" } : {}) },
    plan: ({ name = "", downstream = "rename" }) => planRename(service, file, { thing, name, downstream }),
  };
}

async function stagingForm(service: LanguageService, node: IndexNode): Promise<Form> {
  await service.columns.prepare([node]);
  const place = stagingPlace(service, node);
  return {
    title: `Create a staging model of ${node.sourceName ?? ""}.${node.name}`,
    confirm: "Create model",
    answers: place,
    plan: async ({ name = place.name, folder = place.folder }) => planStagingModel(service, { node, name, folder }),
  };
}
