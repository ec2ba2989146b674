"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTRPC, useTRPCClient } from "@/components/api";
import { Button, Dialog, Field, Select, Switch, TextArea } from "@/components/ui";
import type { ConnectionForm, ConnectionTest, EngineForms, Environment, Project } from "@/server/contract";
import { ConnectionFields, type ConnectionValues, sentValues, startValues } from "./connection-fields";
import { readVars, writeVars } from "./environment-vars";
import { FormEnd } from "./form-end";
import { TextField } from "./project-dialog";
import { Loaded } from "./screen";

interface Props {
  project: Project;
  environment: Environment | null;
  onClose: () => void;
  onSaved: () => unknown;
}

/** Adds an environment to a project, or changes one. Its form is the adapter's own. Secrets are write-only. */
export function EnvironmentDialog(props: Props) {
  const { project, environment, onClose } = props;
  const trpc = useTRPC();
  const engines = useQuery(trpc.environments.forms.queryOptions());
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={environment === null ? `Add an environment to ${project.name}` : `Change ${environment.name}`}
      description={
        environment === null ? undefined : "Sessions on this environment start afresh with the new settings."
      }
    >
      <Loaded query={engines}>{(list) => <EnvironmentForm {...props} engines={list} />}</Loaded>
    </Dialog>
  );
}

interface Choice {
  engine: string;
  form: ConnectionForm;
}

/** The form that an environment was made with, or the first one that there is. */
function chosenAtFirst(engines: readonly EngineForms[], environment: Environment | null): Choice | null {
  const engine = engines.find((one) => one.engine === environment?.engine) ?? engines[0];
  const fitting = engine?.forms.filter(({ adapter }) => adapter === environment?.adapter) ?? [];
  const remote = /^(md|motherduck):/.test(String(environment?.settings.path ?? ""));
  const form = fitting.find(({ id }) => (id === "motherduck") === remote) ?? fitting[0] ?? engine?.forms[0];
  return engine && form ? { engine: engine.engine, form } : null;
}

function EnvironmentForm({ project, environment, onClose, onSaved, engines }: Props & { engines: EngineForms[] }) {
  const client = useTRPCClient();
  const [choice, setChoice] = useState(() => chosenAtFirst(engines, environment));
  const [form, setForm] = useState({
    name: environment?.name ?? "",
    target: environment?.target ?? "dev",
    schema: environment?.schema ?? "",
    threads: String(environment?.threads ?? 4),
    vars: writeVars(environment?.vars ?? {}),
  });
  const vars = readVars(form.vars);
  const [isDefault, setDefault] = useState(environment?.isDefault ?? project.environments.length === 0);
  const stored = environment !== null && environment.adapter === choice?.form.adapter ? environment.secretNames : [];
  const [values, setValues] = useState<ConnectionValues>(() =>
    choice === null
      ? { method: null, settings: {}, secrets: {} }
      : startValues(choice.form, environment?.settings ?? {}, stored),
  );
  const input = () => {
    if (choice === null) throw new Error("No engine offers a connection.");
    return {
      projectId: project.id,
      environmentId: environment?.id ?? null,
      ...form,
      name: form.name === "" ? "unnamed" : form.name,
      threads: Number(form.threads),
      vars: vars.values ?? {},
      engine: choice.engine,
      adapter: choice.form.adapter,
      ...sentValues(choice.form, values),
      isDefault,
    };
  };
  const save = useMutation({
    mutationFn: () => client.environments.save.mutate({ ...input(), name: form.name }),
    onSuccess: async () => {
      await onSaved();
      onClose();
    },
  });
  const test = useMutation({ mutationFn: () => client.environments.test.mutate(input()) });
  const set = (name: keyof typeof form) => (value: string) => setForm({ ...form, [name]: value });
  const offered = engines.find(({ engine }) => engine === choice?.engine);

  function choose(engine: string, id: string | null) {
    const forms = engines.find((one) => one.engine === engine)?.forms ?? [];
    const next = forms.find((one) => one.id === (id ?? choice?.form.id)) ?? forms[0];
    if (!next) return;
    setChoice({ engine, form: next });
    test.reset();
    if (next.id !== choice?.form.id) {
      const own = environment?.adapter === next.adapter ? environment : null;
      setValues(startValues(next, own?.settings ?? {}, own?.secretNames ?? []));
    }
  }

  return (
    <form
      className="flex flex-col gap-3 pb-2"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className="grid grid-cols-2 gap-3">
        <TextField label="Name" value={form.name} onChange={set("name")} required />
        <Field label="Adapter">
          {({ id }) => (
            <Select
              id={id}
              value={choice?.form.id ?? null}
              options={(offered?.forms ?? []).map((one) => ({ value: one.id, label: one.label }))}
              onChange={(next) => choose(choice?.engine ?? "", next)}
            />
          )}
        </Field>
        {engines.length > 1 && (
          <Field label="Engine" hint="More adapters and dbt versions: Engines." className="col-span-2">
            {({ id }) => (
              <Select
                id={id}
                value={choice?.engine ?? null}
                options={engines.map(({ engine, dbtVersion, forms }) => ({
                  value: engine,
                  label: dbtVersion === null ? engine : `${engine} (dbt ${dbtVersion})`,
                  hint: forms.map(({ label }) => label).join(", "),
                }))}
                onChange={(engine) => choose(engine, null)}
              />
            )}
          </Field>
        )}
        <TextField label="dbt target" hint="target.name in dbt" value={form.target} onChange={set("target")} required />
        <TextField
          label={choice?.form.schemaLabel ?? "Schema"}
          hint="target.schema in dbt"
          value={form.schema}
          onChange={set("schema")}
          required
        />
        {choice?.form.hint && <p className="col-span-2 text-muted">{choice.form.hint}</p>}
        {choice && (
          <ConnectionFields
            key={`${choice.engine}/${choice.form.id}`}
            form={choice.form}
            values={values}
            stored={stored}
            onChange={(change) => {
              test.reset();
              setValues(change);
            }}
          />
        )}
        <TextField label="Threads" type="number" value={form.threads} onChange={set("threads")} />
        <Field
          label="Variables"
          hint="YAML or JSON, as for dbt's --vars; they count over dbt_project.yml. No secrets: all who see the project can read them."
          error={vars.problem}
          className="col-span-2"
        >
          {(control) => (
            <TextArea
              {...control}
              rows={3}
              className="font-mono"
              spellCheck={false}
              placeholder={"start_date: 2026-01-01\nis_full: false"}
              value={form.vars}
              onChange={(event) => set("vars")(event.target.value)}
            />
          )}
        </Field>
      </div>
      <div className="flex items-center gap-2">
        <Switch label="Opened by default" checked={isDefault} onCheckedChange={setDefault}>
          Opened by default
        </Switch>
      </div>
      {test.data !== undefined && <TestResult result={test.data} />}
      <FormEnd
        error={save.error ?? test.error}
        submit="Save environment"
        busy={save.isPending}
        disabled={choice === null || vars.problem !== null}
        onCancel={onClose}
      >
        <Button
          className="mr-auto"
          busy={test.isPending}
          disabled={choice === null || form.schema === ""}
          onClick={() => test.mutate()}
        >
          Test connection
        </Button>
      </FormEnd>
    </form>
  );
}

function TestResult({ result }: { result: ConnectionTest }) {
  const { failure } = result;
  if (failure === null) {
    return (
      <p role="status" className="flex items-center gap-2 text-success">
        <CircleCheck aria-hidden className="size-4" />
        The connection works ({(result.milliseconds / 1000).toFixed(1)} s, dbt {result.dbtVersion}).
      </p>
    );
  }
  return (
    <div role="alert" className="flex flex-col gap-1">
      <p className="flex items-center gap-2 text-danger">
        <CircleAlert aria-hidden className="size-4" />
        {failure.message}
      </p>
      {failure.hint && <p className="text-muted">{failure.hint}</p>}
      <details>
        <summary className="cursor-pointer text-muted">The driver's own message</summary>
        <pre className="mt-1 max-h-40 overflow-auto whitespace-pre-wrap text-xs">{failure.driver}</pre>
      </details>
    </div>
  );
}
