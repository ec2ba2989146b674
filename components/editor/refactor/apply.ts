import { errorText } from "@/components/api";
import { isDirty } from "../model/buffers";
import type { EditorController } from "../model/controller";
import type { FileEdits } from "../model/project-edits";
import type { EditorServices } from "../model/services";
import { type Plan, type PlannedEdit, type PlannedFile, Refusal } from "./plan";

/** What was done, and the way back. */
export interface Applied {
  readonly title: string;
  readonly changed: number;
  /** Takes everything back. Names the files that have changed since and were left alone. */
  undo(): Promise<readonly string[]>;
}

/**
 * Makes the chosen changes of a plan as one step: all of them or none. Open files change in the editor, closed ones on disk if they still
 * are what the plan was made for. @throws Refusal naming what has changed meanwhile
 */
export async function applyPlan(
  { controller, services }: { controller: EditorController; services: EditorServices },
  plan: Plan,
  chosen: readonly PlannedEdit[],
): Promise<Applied> {
  const files = editsByFile(plan, chosen);
  // What another tab has just saved is not always heard of yet, and open files are changed without asking the disk.
  const open = files.flatMap(({ path }) => (controller.buffers.get(path) ? path : []));
  if (open.length > 0) {
    await controller.checkDisk(open);
  }
  const outcome = await controller.edits.apply(files).catch((error: unknown) => {
    throw new Refusal(`Nothing was changed: ${errorText(error)}`);
  });
  const done: (() => Promise<void>)[] = [];
  const takeBack = async () => {
    for (const back of done.splice(0).reverse()) {
      await back();
    }
    const { refused } = await controller.edits.apply(outcome.undo);
    return refused.map(({ path }) => path);
  };
  const refuse = async (why: string) => {
    const left = await takeBack();
    return new Refusal(
      left.length === 0
        ? `Nothing was changed: ${why}`
        : `${why} These have changed meanwhile and could not be taken back: ${left.join(", ")}.`,
    );
  };
  if (outcome.refused.length > 0) {
    throw await refuse(outcome.refused.map(({ message }) => message).join(" "));
  }
  try {
    for (const file of plan.files) {
      done.push(await applyFile({ controller, services }, file));
    }
  } catch (error) {
    throw await refuse(error instanceof Refusal ? error.message : errorText(error));
  }
  return { title: plan.title, changed: outcome.changed.length + plan.files.length, undo: takeBack };
}

function editsByFile(plan: Plan, chosen: readonly PlannedEdit[]): FileEdits[] {
  const byPath = new Map<string, PlannedEdit[]>();
  for (const edit of chosen) {
    byPath.set(edit.path, [...(byPath.get(edit.path) ?? []), edit]);
  }
  return [...byPath].flatMap(([path, edits]) => {
    const file = plan.texts.get(path);
    return file
      ? {
          path,
          version: file.version,
          text: file.version === null ? file.text : null,
          edits: edits.map(({ start, end, text }) => ({ start, end, text })),
        }
      : [];
  });
}

/** Makes one file come, go or move. Returns the way back. */
async function applyFile(
  { controller, services }: { controller: EditorController; services: EditorServices },
  file: PlannedFile,
): Promise<() => Promise<void>> {
  switch (file.kind) {
    case "create": {
      await services.create({ path: file.path, text: file.text });
      return async () => {
        await services.remove(file.path);
        controller.removed(file.path);
      };
    }
    case "rename": {
      await services.rename({ path: file.path, newPath: file.newPath });
      controller.renamed(file.path, file.newPath);
      return async () => {
        await services.rename({ path: file.newPath, newPath: file.path });
        controller.renamed(file.newPath, file.path);
      };
    }
    case "remove": {
      const buffer = controller.buffers.get(file.path);
      if (buffer && isDirty(buffer) && !(await controller.save(file.path))) {
        throw new Refusal(`${file.path} has unsaved text that could not be saved.`);
      }
      if ((await services.read(file.path)).text !== file.text) {
        throw new Refusal(`${file.path} has changed meanwhile.`);
      }
      await services.remove(file.path);
      controller.removed(file.path);
      return async () => {
        await services.create({ path: file.path, text: file.text });
      };
    }
  }
}
