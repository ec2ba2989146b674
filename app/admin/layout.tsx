import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import type { ReactNode } from "react";
import { AdminShell } from "@/components/admin";
import { currentActor } from "@/server/auth";

export const metadata: Metadata = { title: { default: "Admin", template: "%s · Admin · Millrace" } };

/** Who may not administer anything does not see that there is a console; each service function checks again. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const actor = await currentActor();
  if (actor === null) redirect("/signin?callbackUrl=%2Fadmin");
  const permissions = [...actor.permissions];
  const administers = permissions.some((permission) =>
    /^(policy|people|sign-in|session|audit)\.|^project\.manage$/.test(permission),
  );
  if (!administers) notFound();
  return <AdminShell permissions={permissions}>{children}</AdminShell>;
}
