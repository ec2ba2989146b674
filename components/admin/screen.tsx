"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { toErrorBody } from "@/components/api";
import { Button, ErrorState, Spinner } from "@/components/ui";

/** Title, one line of what the screen is for, and its actions. */
export function ScreenHeader({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <header className="flex flex-wrap items-start gap-4">
      <div className="min-w-0 flex-1">
        <h1 className="text-lg font-semibold">{title}</h1>
        {children && <p className="max-w-[75ch] text-muted">{children}</p>}
      </div>
      {actions && <div className="flex gap-2">{actions}</div>}
    </header>
  );
}

/** Loading and failure of a query, once for every screen; the children see data that is there. */
export function Loaded<Data>({
  query,
  children,
}: {
  query: UseQueryResult<Data, unknown>;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) {
    const { message, hint, reference } = toErrorBody(query.error);
    return (
      <ErrorState
        title="This could not be loaded"
        {...{ message, hint, reference }}
        actions={<Button onClick={() => void query.refetch()}>Try again</Button>}
      />
    );
  }
  return (
    <p role="status" className="flex items-center gap-2 text-muted">
      <Spinner /> Loading…
    </p>
  );
}

export interface Column<Row> {
  header: string;
  align?: "right";
  cell: (row: Row) => ReactNode;
}

/** Where a table is wider than the screen, what can be done stays in sight. */
const stays = (header: string) => (header === "Actions" ? "sticky right-0 bg-inherit" : "");

/** A plain table with its empty state. */
export function Table<Row>(props: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  empty: string;
}) {
  const { label, columns, rows, rowKey, empty } = props;
  if (rows.length === 0)
    return <p className="rounded-[6px] border border-dashed border-line px-4 py-6 text-center text-muted">{empty}</p>;
  return (
    <div className="overflow-x-auto rounded-[6px] border border-line">
      <table aria-label={label} className="w-full border-collapse">
        <thead className="bg-panel text-left text-muted">
          <tr className="bg-inherit">
            {columns.map(({ header, align }) => (
              <th
                key={header}
                scope="col"
                className={`px-3 py-1.5 font-medium whitespace-nowrap ${align === "right" ? "text-right" : ""} ${stays(header)}`}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} className="border-t border-line bg-canvas align-middle hover:bg-hover">
              {columns.map(({ header, align, cell }) => (
                <td
                  key={header}
                  className={`px-3 py-1.5 ${align === "right" ? "text-right tabular-nums" : ""} ${stays(header)}`}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A moment in the viewer's zone; the exact one on hover. */
export function When({ at }: { at: string | null }) {
  if (at === null) return <span className="text-faint">never</span>;
  return (
    <time dateTime={at} title={at} className="whitespace-nowrap">
      {new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })}
    </time>
  );
}

/** Bytes for people. */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toLocaleString(undefined, { maximumFractionDigits: power === 0 ? 0 : 1 })} ${units[power]}`;
}
