"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, ShieldCheck, ShieldOff } from "lucide-react";
import { useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Badge, Button, ConfirmDialog, toast } from "@/components/ui";
import type { PolicyRule, StoredPolicyRule } from "@/server/contract";
import { PolicyRuleDialog } from "./policy-rule-dialog";
import { bytesText, Loaded, ScreenHeader, Table, When } from "./screen";

/** Preview and export on or off, and their limits, for the organisation, a project, an environment or a role. */
export function PolicyScreen() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const rules = useQuery(trpc.admin.policies.list.queryOptions());
  const [edited, setEdited] = useState<{ rule: StoredPolicyRule | null; preview?: boolean } | null>(null);
  const [removed, setRemoved] = useState<StoredPolicyRule | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: trpc.admin.pathKey() });
  const remove = useMutation(trpc.admin.policies.remove.mutationOptions({ onSuccess: refresh }));
  const set = useMutation(trpc.admin.policies.set.mutationOptions({ onSuccess: refresh }));

  async function save(rule: PolicyRule): Promise<void> {
    await set.mutateAsync(rule);
    setEdited(null);
    toast.success("The policy is in force.");
  }

  return (
    <>
      <ScreenHeader
        title="Preview policy"
        actions={
          <Button variant="primary" onClick={() => setEdited({ rule: null })}>
            <Plus aria-hidden className="size-4" /> Add rule
          </Button>
        }
      >
        Where several rules apply, the strictest counts. A change takes effect at once: previews that are no longer
        allowed end within a second.
      </ScreenHeader>
      <Loaded query={rules}>
        {(list) => (
          <>
            <AtAGlance
              rule={list.find(({ scope }) => scope === "organisation") ?? null}
              onChange={(rule, preview) => setEdited({ rule, preview })}
            />
            <Table
              label="Policy rules"
              rows={list}
              rowKey={({ id }) => id}
              empty="There are no rules: preview and export are on for everyone whose role allows them, with the built-in limits."
              columns={[
                {
                  header: "Applies to",
                  cell: ({ scope, scopeName }) => (
                    <>
                      <span className="font-medium">{scopeName}</span> <span className="text-muted">({scope})</span>
                    </>
                  ),
                },
                { header: "Preview", cell: ({ preview }) => <OnOff on={preview} /> },
                { header: "Export and copy", cell: (rule) => <OnOff on={rule.export} /> },
                { header: "Limits", cell: (rule) => limitsText(rule) },
                { header: "Reason shown", cell: ({ reason }) => reason },
                {
                  header: "Changed",
                  cell: ({ updatedAt, updatedBy }) => (
                    <>
                      <When at={updatedAt} /> <span className="text-muted">by {updatedBy}</span>
                    </>
                  ),
                },
                {
                  header: "Actions",
                  cell: (rule) => (
                    <span className="flex gap-1">
                      <Button size="small" onClick={() => setEdited({ rule })}>
                        Change
                      </Button>
                      <Button size="small" variant="ghost" onClick={() => setRemoved(rule)}>
                        Remove
                      </Button>
                    </span>
                  ),
                },
              ]}
            />
          </>
        )}
      </Loaded>
      {edited !== null && (
        <PolicyRuleDialog
          rule={edited.rule}
          preview={edited.preview ?? edited.rule?.preview ?? true}
          onClose={() => setEdited(null)}
          onSave={save}
        />
      )}
      <ConfirmDialog
        open={removed !== null}
        onOpenChange={(open) => !open && setRemoved(null)}
        title="Remove this rule?"
        description={`${removed?.scopeName ?? ""} is then governed by the other rules and the built-in limits, at once.`}
        confirm="Remove rule"
        variant="danger"
        onConfirm={async () => {
          if (removed === null) return;
          await remove.mutateAsync({ id: removed.id }).catch((error: unknown) => toast.error(errorText(error)));
        }}
      />
    </>
  );
}

/** The one switch that matters in a hurry: preview for the whole organisation. */
function AtAGlance({
  rule,
  onChange,
}: {
  rule: StoredPolicyRule | null;
  onChange: (rule: StoredPolicyRule | null, preview: boolean) => void;
}) {
  const on = rule?.preview ?? true;
  return (
    <section
      aria-label="Preview for the whole organisation"
      className={`flex items-center gap-4 rounded-[7px] border px-4 py-3 ${on ? "border-line bg-panel" : "border-danger bg-danger-soft"}`}
    >
      {on ? (
        <ShieldCheck aria-hidden className="size-6 text-success" />
      ) : (
        <ShieldOff aria-hidden className="size-6 text-danger" />
      )}
      <div className="min-w-0 flex-1">
        <h2 className="font-semibold">Preview is {on ? "on" : "off"} for the whole organisation</h2>
        <p className="text-muted">
          {rule === null || on
            ? "Rules below may be stricter for a project, an environment or a role."
            : `${rule.updatedBy} switched it off.${rule.reason && ` “${rule.reason}”`}`}
        </p>
      </div>
      <Button variant={on ? "danger" : "primary"} onClick={() => onChange(rule, !on)}>
        {on ? "Switch preview off…" : "Switch preview on…"}
      </Button>
    </section>
  );
}

function OnOff({ on }: { on: boolean }) {
  return on ? <Badge tone="success">on</Badge> : <Badge tone="danger">off</Badge>;
}

/** The limits that a rule sets, in words. */
export function limitsText({ maxRows, maxBytes, maxSeconds }: PolicyRule): string {
  const parts = [
    maxRows !== null && `${maxRows.toLocaleString()} rows`,
    maxBytes !== null && bytesText(maxBytes),
    maxSeconds !== null && `${maxSeconds.toLocaleString()} s`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "none of its own" : parts.join(", ");
}
