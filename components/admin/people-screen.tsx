"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Badge, Button, ConfirmDialog, Input, Select, settled, toast } from "@/components/ui";
import type { Person, Role } from "@/server/contract";
import { permissionsText, RoleDialog } from "./role-dialog";
import { Loaded, ScreenHeader, Table, When } from "./screen";

/** People, their roles, and the roles themselves. */
export function PeopleScreen() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const people = useQuery(trpc.admin.people.list.queryOptions());
  const roles = useQuery(trpc.admin.roles.list.queryOptions());
  const [search, setSearch] = useState("");
  const [changed, setChanged] = useState<{ person: Person; role: Role } | null>(null);
  const [toggled, setToggled] = useState<Person | null>(null);
  const [editedRole, setEditedRole] = useState<{ role: Role | null } | null>(null);
  const [removedRole, setRemovedRole] = useState<Role | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: trpc.admin.pathKey() });
  const onError = (error: unknown) => void toast.error(errorText(error));
  const setRole = useMutation(trpc.admin.people.setRole.mutationOptions({ onSettled: refresh, onError }));
  const setActive = useMutation(trpc.admin.people.setActive.mutationOptions({ onSettled: refresh, onError }));
  const removeRole = useMutation(trpc.admin.roles.remove.mutationOptions({ onSettled: refresh, onError }));

  return (
    <>
      <ScreenHeader title="People">
        People appear here when they first sign in through your identity provider. A person who is deactivated is signed
        out at once.
      </ScreenHeader>
      <Input
        aria-label="Find a person"
        placeholder="Find by name or e-mail"
        className="max-w-80"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <Loaded query={people}>
        {(list) => (
          <Table
            label="People"
            rows={list.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(search.toLowerCase()))}
            rowKey={({ userId }) => userId}
            empty={search === "" ? "Nobody has signed in yet." : "Nobody matches."}
            columns={[
              {
                header: "Name",
                cell: ({ name, email }) => (
                  <>
                    <span className="font-medium">{name}</span> <span className="text-muted">{email}</span>
                  </>
                ),
              },
              {
                header: "Role",
                cell: (person) => (
                  <Select
                    label={`Role of ${person.name}`}
                    className="min-w-36"
                    value={person.roleId}
                    options={
                      roles.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [
                        { value: person.roleId, label: person.roleName },
                      ]
                    }
                    onChange={(roleId) => {
                      const role = roles.data?.find(({ id }) => id === roleId);
                      if (role !== undefined && roleId !== person.roleId) setChanged({ person, role });
                    }}
                  />
                ),
              },
              {
                header: "State",
                cell: ({ active }) =>
                  active ? <Badge tone="success">active</Badge> : <Badge tone="warning">deactivated</Badge>,
              },
              { header: "Last seen", cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
              {
                header: "Actions",
                cell: (person) => (
                  <Button size="small" onClick={() => setToggled(person)}>
                    {person.active ? "Deactivate" : "Activate"}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>

      <ScreenHeader
        title="Roles"
        actions={
          <Button onClick={() => setEditedRole({ role: null })}>
            <Plus aria-hidden className="size-4" /> Add role
          </Button>
        }
      >
        A role is a named set of permissions. The built-in ones cannot be changed.
      </ScreenHeader>
      <Loaded query={roles}>
        {(list) => (
          <Table
            label="Roles"
            rows={list}
            rowKey={({ id }) => id}
            empty="There are no roles."
            columns={[
              {
                header: "Name",
                cell: ({ name, builtIn }) => (
                  <span className="flex items-center gap-2 font-medium">
                    {name}
                    {builtIn && <Badge>built in</Badge>}
                  </span>
                ),
              },
              {
                header: "Allows",
                cell: ({ permissions }) => <span className="text-muted">{permissionsText(permissions)}</span>,
              },
              {
                header: "People",
                align: "right",
                cell: ({ id }) => people.data?.filter(({ roleId }) => roleId === id).length ?? "",
              },
              {
                header: "Actions",
                cell: (role) =>
                  !role.builtIn && (
                    <span className="flex gap-1">
                      <Button size="small" onClick={() => setEditedRole({ role })}>
                        Change
                      </Button>
                      <Button size="small" variant="ghost" onClick={() => setRemovedRole(role)}>
                        Remove
                      </Button>
                    </span>
                  ),
              },
            ]}
          />
        )}
      </Loaded>

      <ConfirmDialog
        open={changed !== null}
        onOpenChange={(open) => !open && setChanged(null)}
        title={`Make ${changed?.person.name ?? ""} ${changed?.role.name ?? ""}?`}
        description={`From now on they may: ${permissionsText(changed?.role.permissions ?? [])}. Running work that the new role does not allow ends at once.`}
        confirm="Change role"
        onConfirm={() =>
          changed === null
            ? undefined
            : settled(setRole.mutateAsync({ userId: changed.person.userId, roleId: changed.role.id }))
        }
      />
      <ConfirmDialog
        open={toggled !== null}
        onOpenChange={(open) => !open && setToggled(null)}
        title={toggled?.active ? `Deactivate ${toggled.name}?` : `Activate ${toggled?.name ?? ""}?`}
        description={
          toggled?.active
            ? "They are signed out everywhere and their sessions and previews end within a second. Their saved work stays."
            : "They can sign in again, with the role they had."
        }
        confirm={toggled?.active ? "Deactivate" : "Activate"}
        variant={toggled?.active ? "danger" : "primary"}
        onConfirm={() =>
          toggled === null
            ? undefined
            : settled(setActive.mutateAsync({ userId: toggled.userId, active: !toggled.active }))
        }
      />
      <ConfirmDialog
        open={removedRole !== null}
        onOpenChange={(open) => !open && setRemovedRole(null)}
        title={`Remove the role ${removedRole?.name ?? ""}?`}
        description="A role that somebody still has cannot be removed: give them another one first."
        confirm="Remove role"
        variant="danger"
        onConfirm={() =>
          removedRole === null ? undefined : settled(removeRole.mutateAsync({ roleId: removedRole.id }))
        }
      />
      {editedRole !== null && (
        <RoleDialog role={editedRole.role} onClose={() => setEditedRole(null)} onSaved={refresh} />
      )}
    </>
  );
}
