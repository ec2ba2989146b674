"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/api";
import { Badge } from "@/components/ui";
import { Loaded, ScreenHeader } from "./screen";

/** People, sessions now, previews today and the policy at a glance. */
export function OverviewScreen() {
  const trpc = useTRPC();
  const overview = useQuery({ ...trpc.admin.overview.queryOptions(), refetchInterval: 5_000 });
  return (
    <>
      <ScreenHeader title="Overview">How your organisation uses Millrace right now.</ScreenHeader>
      <Loaded query={overview}>
        {(data) => (
          <>
            <ul aria-label="Figures" className="grid grid-cols-2 gap-3 lg:grid-cols-4">
              <Figure label="People" value={data.people} note={`${data.activePeople} active`} href="/admin/people" />
              <Figure label="Projects" value={data.projects} href="/admin/projects" />
              <Figure label="Sessions now" value={data.sessionsNow} href="/admin/sessions" />
              <Figure
                label="Previews today"
                value={data.previewsToday}
                note={`${data.refusedToday} refused`}
                href="/admin/audit"
              />
            </ul>
            <section className="grid grid-cols-1 gap-3 lg:grid-cols-2">
              <Card title="Preview policy">
                <p className="flex items-center gap-2">
                  {data.previewOn ? <Badge tone="success">on</Badge> : <Badge tone="danger">off</Badge>}
                  <span>
                    {data.previewOn
                      ? "Preview is on for the organisation."
                      : "Preview is switched off for the whole organisation."}{" "}
                    {data.rules} {data.rules === 1 ? "rule" : "rules"} in force.
                  </span>
                </p>
                <Link href="/admin/policy" className="text-accent hover:underline">
                  Change the policy
                </Link>
              </Card>
              <Card title="Runner">
                <p className="flex items-center gap-2">
                  {data.runner.reachable ? (
                    <Badge tone="success">reachable</Badge>
                  ) : (
                    <Badge tone="danger">not reachable</Badge>
                  )}
                  <span>
                    {data.runner.reachable
                      ? `dbt ${data.runner.dbtVersion ?? ""}`
                      : (data.runner.message ?? "It does not answer.")}
                  </span>
                </p>
              </Card>
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}

function Figure({ label, value, note, href }: { label: string; value: number; note?: string; href: string }) {
  return (
    <li>
      <Link href={href} className="block rounded-[7px] border border-line bg-panel px-4 py-3 hover:bg-hover">
        <span className="block text-muted">{label}</span>
        <span className="block text-2xl font-semibold tabular-nums">{value.toLocaleString()}</span>
        <span className="block text-xs text-muted">{note ?? "\u00a0"}</span>
      </Link>
    </li>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2 rounded-[7px] border border-line bg-panel px-4 py-3">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}
