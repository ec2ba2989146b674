"use client";
import {
  ArrowLeft,
  Cpu,
  FolderGit2,
  Gauge,
  KeyRound,
  ScrollText,
  ShieldCheck,
  SquareActivity,
  Timer,
  Users,
} from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { classNames } from "@/components/ui";
import type { Permission } from "@/server/contract";

const sections: { href: string; label: string; icon: ReactNode; needs: readonly Permission[] }[] = [
  { href: "/admin", label: "Overview", icon: <Gauge />, needs: [] },
  { href: "/admin/policy", label: "Preview policy", icon: <ShieldCheck />, needs: ["policy.manage"] },
  { href: "/admin/people", label: "People and roles", icon: <Users />, needs: ["people.manage"] },
  { href: "/admin/sign-in", label: "Sign-in", icon: <KeyRound />, needs: ["sign-in.manage"] },
  { href: "/admin/projects", label: "Projects and connections", icon: <FolderGit2 />, needs: ["project.manage"] },
  { href: "/admin/engines", label: "Engines", icon: <Cpu />, needs: ["project.manage"] },
  { href: "/admin/sessions", label: "Sessions", icon: <SquareActivity />, needs: ["session.manage"] },
  { href: "/admin/limits", label: "Session limits", icon: <Timer />, needs: ["session.manage"] },
  { href: "/admin/audit", label: "Audit", icon: <ScrollText />, needs: ["audit.read"] },
];

/** The console's frame: sections that the role may use, and the way back. */
export function AdminShell({ permissions, children }: { permissions: readonly Permission[]; children: ReactNode }) {
  const path = usePathname();
  return (
    <div className="grid h-full grid-cols-[220px_1fr]">
      <nav aria-label="Admin console" className="flex flex-col gap-0.5 border-r border-line bg-panel p-2">
        <Link
          href="/"
          className="mb-2 flex items-center gap-2 rounded-[5px] px-2 py-1.5 text-muted hover:bg-hover hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-4" /> Back to Millrace
        </Link>
        <p className="px-2 pb-1 text-xs font-medium text-faint">Admin console</p>
        {sections
          .filter(({ needs }) => needs.every((permission) => permissions.includes(permission)))
          .map(({ href, label, icon }) => (
            <Link
              key={href}
              href={href}
              aria-current={path === href ? "page" : undefined}
              className={classNames(
                "flex items-center gap-2 rounded-[5px] px-2 py-1.5 hover:bg-hover [&_svg]:size-4",
                path === href && "bg-selected font-medium",
              )}
            >
              {icon}
              {label}
            </Link>
          ))}
      </nav>
      <main className="min-w-0 overflow-auto">
        <div className="mx-auto flex max-w-[1100px] flex-col gap-5 p-6">{children}</div>
      </main>
    </div>
  );
}
