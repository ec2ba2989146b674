"use client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { Fragment, useDeferredValue, useState } from "react";
import { toErrorBody, useTRPC } from "@/components/api";
import { Button, ErrorState, Input, Select, Spinner } from "@/components/ui";
import { type AuditAction, type AuditEvent, auditActions } from "@/server/contract";
import { bytesText, ScreenHeader, When } from "./screen";

/** The choice that filters nothing. */
const every = "every";

/** The append-only trail: who did what to which thing, with before and after. Never a row of data. */
export function AuditScreen() {
  const trpc = useTRPC();
  const people = useQuery(trpc.admin.people.list.queryOptions(undefined, { retry: false }));
  const [action, setAction] = useState<AuditAction | typeof every>(every);
  const [actorId, setActorId] = useState<string>(every);
  const [day, setDay] = useState({ from: "", to: "" });
  const [search, setSearch] = useState("");
  const text = useDeferredValue(search);
  const filter = {
    action: action === every ? null : action,
    actorId: actorId === every ? null : actorId,
    text,
    from: startOfDay(day.from, 0),
    to: startOfDay(day.to, 1),
  };
  const audit = useInfiniteQuery(
    trpc.admin.audit.list.infiniteQueryOptions(
      { ...filter, limit: 100 },
      { getNextPageParam: ({ nextCursor }) => nextCursor, refetchInterval: 10_000 },
    ),
  );
  const events = audit.data?.pages.flatMap((page) => page.events) ?? [];
  const exportQuery = new URLSearchParams(
    Object.entries(filter).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
    ),
  );
  return (
    <>
      <ScreenHeader
        title="Audit"
        actions={
          <a
            href={`/api/audit/export?${exportQuery}`}
            download
            className="inline-flex h-control items-center gap-1.5 rounded-[5px] border border-line-strong bg-raised px-3 font-medium hover:bg-hover"
          >
            <Download aria-hidden className="size-4" /> Export CSV
          </a>
        }
      >
        Nothing here can be changed or removed. Previews are recorded with who, what, how long and how many; never with
        their rows.
      </ScreenHeader>
      <div className="flex flex-wrap items-center gap-2">
        <Input
          aria-label="Search the trail"
          placeholder="Person or subject"
          className="max-w-60"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <Select
          label="Action"
          className="min-w-44"
          value={action}
          options={[
            { value: every, label: "Every action" } as const,
            ...auditActions.map((value) => ({ value, label: value })),
          ]}
          onChange={setAction}
        />
        {people.data !== undefined && (
          <Select
            label="Person"
            className="min-w-44"
            value={actorId}
            options={[
              { value: every, label: "Everyone" },
              ...people.data.map(({ userId, name }) => ({ value: userId, label: name })),
            ]}
            onChange={setActorId}
          />
        )}
        {(["from", "to"] as const).map((end) => (
          <span key={end} className="flex items-center gap-1.5 text-muted">
            <span aria-hidden>{end === "from" ? "From" : "To"}</span>
            <Input
              aria-label={end === "from" ? "From day" : "To day"}
              type="date"
              className="!w-36"
              value={day[end]}
              onChange={(event) => setDay({ ...day, [end]: event.target.value })}
            />
          </span>
        ))}
      </div>
      {audit.isPending && (
        <p role="status" className="flex items-center gap-2 text-muted">
          <Spinner /> Loading…
        </p>
      )}
      {audit.isError && (
        <ErrorState
          title="The trail could not be loaded"
          {...toErrorBody(audit.error)}
          actions={<Button onClick={() => void audit.refetch()}>Try again</Button>}
        />
      )}
      {audit.isSuccess && <Trail events={events} />}
      {audit.hasNextPage && (
        <Button className="self-center" busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
          Show older
        </Button>
      )}
    </>
  );
}

function startOfDay(day: string, plus: number): string | null {
  if (day === "") return null;
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + plus);
  return date.toISOString();
}

function Trail({ events }: { events: AuditEvent[] }) {
  const [open, setOpen] = useState<string | null>(null);
  if (events.length === 0)
    return (
      <p className="rounded-[6px] border border-dashed border-line px-4 py-6 text-center text-muted">
        Nothing matches these filters.
      </p>
    );
  return (
    <div className="overflow-x-auto rounded-[6px] border border-line">
      <table aria-label="Audit trail" className="w-full border-collapse">
        <thead className="bg-panel text-left text-muted">
          <tr>
            {["When", "Who", "Action", "Subject", "Details"].map((header) => (
              <th key={header} scope="col" className="px-3 py-1.5 font-medium">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <Fragment key={event.id}>
              <tr className="border-t border-line hover:bg-hover/50">
                <td className="px-3 py-1.5">
                  <When at={event.at} />
                </td>
                <td className="px-3 py-1.5 font-medium whitespace-nowrap">{event.actorName}</td>
                <td className="px-3 py-1.5 whitespace-nowrap">
                  <code>{event.action}</code>
                </td>
                <td className="px-3 py-1.5">{event.subject}</td>
                <td className="px-3 py-1.5">
                  <button
                    type="button"
                    aria-expanded={open === event.id}
                    className="max-w-[46ch] truncate text-left text-muted hover:text-ink"
                    onClick={() => setOpen(open === event.id ? null : event.id)}
                  >
                    {detailsText(event.details) || "…"}
                  </button>
                </td>
              </tr>
              {open === event.id && (
                <tr className="bg-sunken">
                  <td colSpan={5} className="px-3 py-2">
                    <pre className="font-mono text-xs whitespace-pre-wrap">
                      {JSON.stringify({ ...event.details, requestId: event.requestId }, null, 2)}
                    </pre>
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The details in one line: counts in words, before and after as they are; ids only in the full view. */
export function detailsText(details: Record<string, unknown>): string {
  return Object.entries(details)
    .filter(([name, value]) => value !== null && value !== undefined && !/Id$/.test(name))
    .map(([name, value]) => {
      if (name === "bytes" && typeof value === "number") return bytesText(value);
      if (name === "milliseconds" && typeof value === "number") return `${value.toLocaleString()} ms`;
      if (name === "rows" && typeof value === "number") return `${value.toLocaleString()} rows`;
      return `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`;
    })
    .join(" · ");
}
