"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Button, Dialog, Field, Input, Select, Switch, TextArea } from "@/components/ui";
import { type PolicyRule, type PolicyScope, policyRuleSchema, type StoredPolicyRule } from "@/server/contract";

const scopeLabels: Record<PolicyScope, string> = {
  organisation: "The whole organisation",
  project: "A project",
  environment: "An environment",
  role: "A role",
};

/** Says in one sentence what the rule will do before it is saved. */
export function effectText(rule: Pick<PolicyRule, "preview" | "export">, target: string): string {
  if (!rule.preview)
    return `Saving ends every running preview for ${target} within a second and refuses new ones until it is on again.`;
  if (!rule.export) return `People can see rows for ${target}, but not copy or export them.`;
  return `Preview and export stay on for ${target}, within these limits.`;
}

export interface PolicyRuleDialogProps {
  /** The rule to change, or null for a new one. */
  rule: StoredPolicyRule | null;
  /** How its preview switch starts. */
  preview: boolean;
  onClose: () => void;
  onSave: (rule: PolicyRule) => Promise<void>;
}

/** A rule's scope, switches, limits and reason, with what it will do said before it does it. */
export function PolicyRuleDialog({ rule, preview: startsOn, onClose, onSave }: PolicyRuleDialogProps) {
  const trpc = useTRPC();
  const me = useQuery(trpc.me.get.queryOptions());
  const projects = useQuery(trpc.projects.list.queryOptions());
  const roles = useQuery(trpc.admin.roles.list.queryOptions());
  const [scope, setScope] = useState<PolicyScope>(rule?.scope ?? "organisation");
  const [scopeId, setScopeId] = useState<string | null>(rule?.scopeId ?? null);
  const [preview, setPreview] = useState(startsOn);
  const [exported, setExported] = useState(rule?.export ?? true);
  const [limits, setLimits] = useState({
    rows: text(rule?.maxRows),
    megabytes: text(scale(rule?.maxBytes, 1e-6)),
    seconds: text(rule?.maxSeconds),
  });
  const [reason, setReason] = useState(rule?.reason ?? "");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const targets: Record<PolicyScope, { value: string; label: string }[]> = {
    organisation: me.data === undefined ? [] : [{ value: me.data.organisation.id, label: me.data.organisation.name }],
    project: projects.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [],
    environment:
      projects.data?.flatMap((project) =>
        project.environments.map(({ id, name }) => ({ value: id, label: `${project.name}: ${name}` })),
      ) ?? [],
    role: roles.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [],
  };
  const target =
    scope === "organisation" ? targets.organisation[0] : targets[scope].find(({ value }) => value === scopeId);

  async function save(): Promise<void> {
    const parsed = policyRuleSchema.safeParse({
      scope,
      scopeId: target?.value,
      preview,
      export: exported,
      maxRows: number(limits.rows),
      maxBytes: scale(number(limits.megabytes), 1e6),
      maxSeconds: number(limits.seconds),
      reason,
    });
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      setProblem(
        issue?.path[0] === "scopeId"
          ? "Choose what the rule applies to."
          : `${String(issue?.path[0] ?? "")}: ${issue?.message ?? "not valid"}`,
      );
      return;
    }
    setBusy(true);
    setProblem(null);
    await onSave(parsed.data).catch((error: unknown) => setProblem(errorText(error)));
    setBusy(false);
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={rule !== null ? "Change the policy rule" : startsOn ? "Add a policy rule" : "Switch preview off"}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant={preview ? "primary" : "danger"}
            busy={busy}
            disabled={me.isPending || projects.isPending || roles.isPending}
            onClick={() => void save()}
          >
            {preview ? "Save rule" : "Switch preview off"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-3">
          <Field label="Applies to">
            {({ id }) => (
              <Select
                id={id}
                disabled={rule !== null}
                value={scope}
                options={Object.entries(scopeLabels).map(([value, label]) => ({ value: value as PolicyScope, label }))}
                onChange={(next) => {
                  setScope(next);
                  setScopeId(null);
                }}
              />
            )}
          </Field>
          {scope !== "organisation" && (
            <Field label={scopeLabels[scope].replace(/^An? /, "Which ")}>
              {({ id }) => (
                <Select
                  id={id}
                  disabled={rule !== null}
                  value={target?.value ?? null}
                  options={targets[scope]}
                  onChange={setScopeId}
                />
              )}
            </Field>
          )}
        </div>
        <Toggle
          label="Preview"
          hint="Seeing rows of the warehouse in the browser."
          checked={preview}
          onChange={setPreview}
        />
        <Toggle
          label="Export and copy"
          hint="Taking rows out of the results panel."
          checked={exported}
          onChange={setExported}
        />
        <div className="grid grid-cols-3 gap-3">
          {(
            [
              ["rows", "Rows at most"],
              ["megabytes", "Megabytes at most"],
              ["seconds", "Seconds at most"],
            ] as const
          ).map(([key, label]) => (
            <Field key={key} label={label}>
              {(control) => (
                <Input
                  {...control}
                  inputMode="numeric"
                  placeholder="not set here"
                  value={limits[key]}
                  onChange={(event) => setLimits({ ...limits, [key]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        <Field label="Reason" hint="Shown to the people it concerns.">
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <p className="rounded-[5px] bg-accent-soft px-3 py-2">
          {effectText({ preview, export: exported }, target?.label ?? "what you choose")}
        </p>
        {problem !== null && (
          <p role="alert" className="text-danger">
            {problem}
          </p>
        )}
      </div>
    </Dialog>
  );
}

function Toggle({
  label,
  hint,
  checked,
  onChange,
}: {
  label: string;
  hint: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <div className="flex items-center gap-3">
      <Switch label={label} checked={checked} onCheckedChange={onChange}>
        <span className="w-36 font-medium whitespace-nowrap">
          {label}: {checked ? "on" : "off"}
        </span>
      </Switch>
      <span className="text-muted">{hint}</span>
    </div>
  );
}

function text(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

function number(value: string): number | null {
  const digits = value.replace(/[\s,_]/g, "");
  return digits === "" ? null : Number(digits);
}

function scale(value: number | null | undefined, by: number): number | null {
  return value === null || value === undefined ? null : Math.round(value * by);
}
