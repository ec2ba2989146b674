"use client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Button, Checkbox, Dialog, Field, Input } from "@/components/ui";
import { type Permission, permissions, type Role } from "@/server/contract";

const permissionTexts: Record<Permission, string> = {
  "project.read": "See projects and their files, compile models",
  "project.manage": "Add and change projects and environments",
  "file.write": "Edit files, commit and switch branches",
  "git.push": "Push to the remote repository",
  "preview.run": "Preview rows of the warehouse",
  "preview.export": "Copy and export rows",
  "people.manage": "Manage people and roles",
  "sign-in.manage": "Manage the organisation's sign-in",
  "policy.manage": "Change the preview policy",
  "session.manage": "See and end other people's sessions",
  "audit.read": "Read the audit trail",
};

/** A set of permissions in words, for a sentence or a table. */
export function permissionsText(granted: readonly Permission[]): string {
  if (granted.length === 0) return "nothing";
  if (permissions.every((permission) => granted.includes(permission))) return "everything";
  return granted
    .map((permission) => permissionTexts[permission].replace(/^./, (letter) => letter.toLowerCase()))
    .join("; ");
}

/** A new role, or changes to one of the organisation's own. */
export function RoleDialog({
  role,
  onClose,
  onSaved,
}: {
  role: Role | null;
  onClose: () => void;
  onSaved: () => unknown;
}) {
  const trpc = useTRPC();
  const [name, setName] = useState(role?.name ?? "");
  const [chosen, setChosen] = useState<ReadonlySet<Permission>>(new Set(role?.permissions ?? ["project.read"]));
  const save = useMutation(
    trpc.admin.roles.save.mutationOptions({
      onSuccess: async () => {
        await onSaved();
        onClose();
      },
    }),
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={role === null ? "Add a role" : `Change the role ${role.name}`}
      description={role === null ? undefined : "The change counts at once for everyone who has the role."}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={save.isPending}
            disabled={name.trim() === ""}
            onClick={() =>
              save.mutate({
                roleId: role?.id ?? null,
                name,
                permissions: permissions.filter((permission) => chosen.has(permission)),
              })
            }
          >
            Save role
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label="Name" error={save.isError ? errorText(save.error) : null}>
          {(control) => (
            <Input {...control} maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1 font-medium">May</legend>
          {permissions.map((permission) => (
            <div key={permission} className="flex items-center gap-2">
              <Checkbox
                label={permissionTexts[permission]}
                checked={chosen.has(permission)}
                onCheckedChange={(checked) => {
                  const next = new Set(chosen);
                  if (checked) next.add(permission);
                  else next.delete(permission);
                  setChosen(next);
                }}
              >
                {permissionTexts[permission]}
                <code className="text-xs text-faint">{permission}</code>
              </Checkbox>
            </div>
          ))}
        </fieldset>
      </div>
    </Dialog>
  );
}
