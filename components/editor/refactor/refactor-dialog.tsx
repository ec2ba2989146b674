"use client";
import { useEffect, useState } from "react";
import { errorText } from "@/components/api";
import { Button, Dialog, Field, Input, Select, Skeleton, TextArea, toast } from "@/components/ui";
import { isTooLong, tooLongToRead } from "../language/long-texts";
import type { EditorController } from "../model/controller";
import type { RefactoringRequest } from "../model/editor-port";
import type { EditorServices } from "../model/services";
import { type Applied, applyPlan } from "./apply";
import { type Answers, type Form, formFor, formTitles } from "./forms";
import { type Plan, type PlannedEdit, Refusal } from "./plan";
import { PlanPreview } from "./plan-preview";

interface RefactorDialogProps {
  controller: EditorController;
  services: EditorServices;
  request: RefactoringRequest;
  readOnly: boolean;
}

/** What was applied last in each workspace, so that it can be taken back. */
const lastApplied = new WeakMap<EditorController, Applied>();

const notYet = { attempt: 0, failure: null };

/** Why there is no plan, and the answer that is to blame. */
interface Objection {
  readonly message: string;
  readonly field: Refusal["field"];
}

function objectionOf(error: unknown): Objection {
  return { message: messageOf(error), field: error instanceof Refusal ? error.field : "name" };
}

function messageOf(error: unknown): string {
  return error instanceof Refusal ? error.message : errorText(error);
}

async function takeBack(controller: EditorController): Promise<void> {
  const applied = lastApplied.get(controller);
  if (!applied) {
    toast("There is no refactoring to undo.");
    return;
  }
  lastApplied.delete(controller);
  try {
    const refused = await applied.undo();
    if (refused.length === 0) {
      toast(`Undone: ${applied.title}`);
    } else {
      toast.error("Not everything could be undone", {
        description: `Changed since, and left alone: ${refused.join(", ")}`,
      });
    }
  } catch (error) {
    toast.error("The refactoring could not be undone", { description: messageOf(error) });
  }
}

/** Asks for what a refactoring needs, shows every change that it would make, and makes those that are chosen. */
export default function RefactorDialog({ controller, services, request, readOnly }: RefactorDialogProps) {
  const close = () => controller.refactoring.set(null);
  const undo = request.kind === "undo";
  useEffect(() => {
    if (undo) {
      controller.refactoring.set(null);
      void takeBack(controller);
    }
  }, [undo, controller]);
  // How often what was shown could not be made, and why it could not: then the texts have to be looked at again.
  const [{ attempt, failure }, setFailed] = useState<{ attempt: number; failure: string | null }>(notYet);
  const { found, looking } = usePrepared(controller, request, attempt);
  const prepared = readOnly ? "Your role does not allow to change files." : found;
  if (undo) {
    return null;
  }
  if (prepared === null || typeof prepared === "string") {
    return (
      <Dialog
        open
        onOpenChange={close}
        title={formTitles[request.kind]}
        size="small"
        footer={<Button onClick={close}>Close</Button>}
      >
        {prepared === null ? (
          <Skeleton lines={3} label="Looking at the project" />
        ) : (
          <p role="alert">{failure ?? prepared}</p>
        )}
      </Dialog>
    );
  }
  return (
    <FormDialog
      controller={controller}
      services={services}
      form={prepared}
      failure={failure}
      looking={looking}
      onClose={close}
      onFailed={(message) => setFailed({ attempt: attempt + 1, failure: message })}
      onAnswered={() => setFailed({ attempt, failure: null })}
    />
  );
}

/**
 * The form of a request, anew with each `attempt`; null while the first is prepared; a text that says why there is none. While another
 * attempt is `looking` at the texts it is the one before.
 */
function usePrepared(
  controller: EditorController,
  request: RefactoringRequest,
  attempt: number,
): { found: Form | string | null; looking: boolean } {
  const [prepared, setPrepared] = useState<{ found: Form | string | null; of: number }>({ found: null, of: attempt });
  useEffect(() => {
    let current = true;
    const prepare = async () => {
      const service = await controller.language?.service();
      const text = request.path === null ? null : (controller.buffers.get(request.path)?.text ?? null);
      if (!service) {
        throw new Refusal("The editor is not ready yet.");
      }
      const file = service.file(request.path ?? "", text ?? "");
      if (text === null && request.kind !== "sqlToModel") {
        throw new Refusal("Open a file first.");
      }
      if (text !== null && isTooLong(text)) {
        throw new Refusal(tooLongToRead);
      }
      return formFor(service, file, request);
    };
    if (request.kind !== "undo") {
      prepare().then(
        (form) => current && setPrepared({ found: form, of: attempt }),
        (error: unknown) => current && setPrepared({ found: messageOf(error), of: attempt }),
      );
    }
    return () => {
      current = false;
    };
  }, [controller, request, attempt]);
  return { found: prepared.found, looking: prepared.of !== attempt };
}

function FormDialog({
  controller,
  services,
  form,
  failure,
  looking,
  onClose,
  onFailed,
  onAnswered,
}: {
  controller: EditorController;
  services: EditorServices;
  form: Form;
  /** Why what was shown could not be made. */
  failure: string | null;
  /** The texts are being looked at again. */
  looking: boolean;
  onClose: () => void;
  onFailed: (why: string) => void;
  onAnswered: () => void;
}) {
  const [answers, setAnswers] = useState<Answers>(form.answers);
  const { plan: shown, refusal, outdated, isOfForm } = usePlan(form, answers);
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [busy, setBusy] = useState(false);
  const isChosen = (edit: PlannedEdit) => choices.get(placeOf(edit)) ?? edit.chosen;
  const count = shown === null ? 0 : shown.edits.filter(isChosen).length + shown.files.length;

  async function apply() {
    setBusy(true);
    try {
      // Enter is often quicker than the list of changes: what is made is always what was typed last.
      const plan = outdated ? await form.plan(answers) : shown;
      const chosen = plan?.edits.filter(isChosen) ?? [];
      if (!plan || chosen.length + plan.files.length === 0) {
        return;
      }
      const applied = await applyPlan({ controller, services }, plan, chosen);
      lastApplied.set(controller, applied);
      onClose();
      const created = plan.files.find((file) => file.kind === "create");
      if (created) {
        controller.open(created.path);
      }
      const undo = () => {
        // The toast goes with its button, and would take the focus to the editor whenever that is: out of the next dialog.
        controller.port?.focus();
        void takeBack(controller);
      };
      toast(applied.title, { action: { label: "Undo", onClick: undo }, duration: 15_000 });
    } catch (error) {
      onFailed(messageOf(error));
    } finally {
      setBusy(false);
    }
  }

  const answer = (change: Answers) => {
    onAnswered();
    setAnswers((current) => ({ ...current, ...change }));
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={form.title}
      size="large"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={busy} disabled={count === 0 || looking} onClick={() => void apply()}>
            {form.confirm}
            {count > 0 && ` (${count} ${count === 1 ? "change" : "changes"})`}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void apply();
        }}
      >
        {/* What stands where the cursor was before the text changed is not what the person asked for, nor to blame. */}
        <Questions answers={answers} refusal={failure === null ? refusal : null} onAnswer={answer} />
        {failure !== null && (
          <p role="alert" className="rounded-[4px] bg-danger-soft px-2 py-1">
            {failure} {shown !== null && isOfForm && !looking && "The changes below have been looked for again."}
          </p>
        )}
        {shown?.warnings.map((warning) => (
          <p key={warning} className="rounded-[4px] bg-warning-soft px-2 py-1">
            {warning}
          </p>
        ))}
        {shown && (
          <PlanPreview
            plan={shown}
            isChosen={isChosen}
            onChoose={(edits, to) =>
              setChoices((current) => new Map([...current, ...edits.map((edit) => [placeOf(edit), to] as const)]))
            }
          />
        )}
        {/* Enter in a field applies. */}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function Questions({
  answers,
  refusal,
  onAnswer,
}: {
  answers: Answers;
  refusal: Objection | null;
  onAnswer: (change: Answers) => void;
}) {
  const { sql, name, folder, downstream } = answers;
  const errorOf = (field: Refusal["field"]) => (refusal?.field === field ? refusal.message : null);
  return (
    <>
      {sql !== undefined && (
        <Field label="SQL as it runs in the warehouse" error={errorOf("sql")}>
          {(control) => (
            <TextArea
              {...control}
              rows={6}
              spellCheck={false}
              className="font-mono text-xs"
              value={sql}
              onChange={(event) => onAnswer({ sql: event.target.value })}
            />
          )}
        </Field>
      )}
      {name !== undefined && (
        <Field label="Name" error={errorOf("name")}>
          {(control) => (
            <Input
              {...control}
              // The dialog is opened to type this.
              ref={(input) => {
                if (input && input.dataset.selected === undefined) {
                  input.dataset.selected = "";
                  input.select();
                }
              }}
              spellCheck={false}
              value={name}
              onChange={(event) => onAnswer({ name: event.target.value })}
            />
          )}
        </Field>
      )}
      {folder !== undefined && (
        <Field label="Folder" error={errorOf("folder")}>
          {(control) => (
            <Input
              {...control}
              spellCheck={false}
              value={folder}
              onChange={(event) => onAnswer({ folder: event.target.value })}
            />
          )}
        </Field>
      )}
      {downstream !== undefined && (
        <Select
          label="In models downstream"
          value={downstream}
          onChange={(value) => onAnswer({ downstream: value === "keep" ? "keep" : "rename" })}
          options={[
            { value: "rename", label: "Downstream: rename it there too" },
            { value: "keep", label: "Downstream: keep the old name (as …)" },
          ]}
        />
      )}
      {name === undefined && refusal && <p role="alert">{refusal.message}</p>}
    </>
  );
}

/** A change by its place, which is the same under another name. */
function placeOf({ path, start, end }: PlannedEdit): string {
  return `${path} ${start} ${end}`;
}

interface Planned {
  readonly plan: Plan | null;
  readonly refusal: Objection | null;
}

/** The plan for what is answered, a moment after the last key; `outdated` until then. */
function usePlan(form: Form, answers: Answers): Planned & { outdated: boolean; isOfForm: boolean } {
  const [state, setState] = useState<Planned & { of: Answers | null; by: Form }>({
    ...{ plan: null, refusal: null, of: null, by: form },
  });
  // Nobody is told off for a name before having typed one.
  const untouched = answers === form.answers && (form.confirm === "Rename" || answers.name === "");
  useEffect(() => {
    let current = true;
    const timer = setTimeout(
      () => {
        if (untouched) {
          return;
        }
        form.plan(answers).then(
          (plan) => current && setState({ plan, refusal: null, of: answers, by: form }),
          (error: unknown) => current && setState({ plan: null, refusal: objectionOf(error), of: answers, by: form }),
        );
      },
      answers === form.answers ? 0 : 150,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [form, answers, untouched]);
  const isOfForm = state.by === form;
  return { ...state, isOfForm, outdated: !untouched && (state.of !== answers || !isOfForm) };
}
