"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Keyboard, LogOut, MonitorCog, Settings, ShieldCheck } from "lucide-react";
import { errorText, useTRPC } from "@/components/api";
import { Menu, MenuGroup, MenuItem, MenuLink, MenuSeparator, toast } from "@/components/ui";
import type { Permission } from "@/server/contract";
import { themes } from "./appearance";
import { setTheme, useAppearance } from "./use-appearance";

const consolePermissions: readonly Permission[] = [
  "project.manage",
  "people.manage",
  "sign-in.manage",
  "policy.manage",
  "session.manage",
  "audit.read",
];
const themeNames = { system: "As the system", light: "Light", dark: "Dark" };

/** Who is signed in; theme, preferences, the admin console for those who may use it, and the way out. */
export function UserMenu({
  onPreferences,
  onKeyboardHelp,
}: {
  onPreferences?: () => void;
  onKeyboardHelp?: () => void;
}) {
  const trpc = useTRPC();
  const me = useQuery(trpc.me.get.queryOptions());
  const { theme } = useAppearance();
  const signOut = useMutation(
    trpc.me.signOut.mutationOptions({
      onSuccess: () => window.location.assign("/signin?signedOut=1"),
      onError: (error) => toast.error("You are still signed in", { description: errorText(error) }),
    }),
  );
  const initials = (me.data?.name ?? "")
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .join("")
    .slice(0, 2)
    .toUpperCase();
  const mayAdminister = me.data?.permissions.some((permission) => consolePermissions.includes(permission)) ?? false;
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          aria-label={me.data ? `Account: ${me.data.name}` : "Account"}
          className="flex size-7 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent hover:brightness-95 focus-visible:outline-offset-2"
        >
          {initials || "…"}
        </button>
      }
    >
      {me.data && (
        <div className="px-2.5 py-1.5">
          <p className="font-medium">{me.data.name}</p>
          <p className="text-xs text-muted">{me.data.email}</p>
          <p className="text-xs text-muted">
            {me.data.roleName} at {me.data.organisation.name}
          </p>
        </div>
      )}
      <MenuSeparator />
      <MenuGroup label="Theme">
        {themes.map((value) => (
          <MenuItem key={value} checked={theme === value} onSelect={() => setTheme(value)}>
            {themeNames[value]}
          </MenuItem>
        ))}
      </MenuGroup>
      <MenuSeparator />
      {onPreferences && (
        <MenuItem icon={<Settings />} onSelect={onPreferences}>
          Preferences…
        </MenuItem>
      )}
      {onKeyboardHelp && (
        <MenuItem icon={<Keyboard />} onSelect={onKeyboardHelp}>
          Keyboard shortcuts
        </MenuItem>
      )}
      {mayAdminister && (
        <MenuLink icon={<ShieldCheck />} href="/admin">
          Admin console
        </MenuLink>
      )}
      <MenuLink icon={<MonitorCog />} href="/">
        All projects
      </MenuLink>
      <MenuSeparator />
      <MenuItem icon={<LogOut />} onSelect={() => signOut.mutate()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
