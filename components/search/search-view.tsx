"use client";
import { ChevronsDownUp, ChevronsUpDown, Eraser, RefreshCw, SearchX, Undo2 } from "lucide-react";
import { useEffect, useRef } from "react";
import { useStore } from "@/components/shell";
import { Button, EmptyState, ErrorState, IconButton, Turning } from "@/components/ui";
import type { SearchMatch } from "@/server/contract";
import { countMatches } from "./rows";
import { SearchForm } from "./search-form";
import { SearchResults } from "./search-results";
import type { SearchState, SearchStore } from "./search-store";

export interface SearchViewProps {
  search: SearchStore;
  readOnly: boolean;
  onOpen: (path: string, match: SearchMatch, options: { preview: boolean }) => void;
}

/** The side bar's search: fields, what was found by file, and replacements before they happen. */
export function SearchView({ search, readOnly, onOpen }: SearchViewProps) {
  const state = useStore(search.store);
  const asked = useStore(search.focus);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time that the person asks for the search.
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [asked]);
  const { files, closed } = state;
  // What is asked for is being typed: no failure of the search.
  const wrong = isWrong(state);
  const allClosed = files.length > 0 && files.every((file) => closed.has(file.path));
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-8 shrink-0 items-center gap-0.5 pr-1.5 pl-3">
        <h2 className="min-w-0 flex-1 truncate text-xs font-semibold tracking-wide text-muted uppercase">Search</h2>
        {state.undos.length > 0 && (
          <IconButton
            label="Undo the replacement"
            icon={<Undo2 />}
            disabled={state.busy}
            onClick={() => void search.undo()}
          />
        )}
        <IconButton
          label="Search again"
          icon={<Turning icon={RefreshCw} on={state.status === "searching"} />}
          onClick={() => void search.run({ quiet: true })}
        />
        <IconButton
          label={allClosed ? "Unfold all" : "Fold all"}
          icon={allClosed ? <ChevronsUpDown /> : <ChevronsDownUp />}
          onClick={() => search.setAllClosed(!allClosed)}
        />
        <IconButton label="Clear the search" icon={<Eraser />} onClick={() => search.clear()} />
      </div>
      <SearchForm search={search} readOnly={readOnly} field={field} onDown={() => list.current?.focus()} />
      <div className="min-h-5 shrink-0 px-3 pb-1 text-xs text-muted">
        <p role="status">
          {summary(state)}
          {state.status === "done" && state.tooLarge > 0 && leftOut(state.tooLarge)}
        </p>
        {wrong && (
          <p role="alert" className="text-danger">
            {state.error?.message} {state.error?.hint}
          </p>
        )}
      </div>
      {state.status === "failed" && state.error && !wrong ? (
        <ErrorState
          className="h-auto"
          title="The search did not finish"
          message={state.error.message}
          hint={state.error.hint}
          reference={state.error.reference}
          actions={<Button onClick={() => void search.run()}>Search again</Button>}
        />
      ) : state.status === "done" && files.length === 0 ? (
        <EmptyState icon={<SearchX />} title="Nothing was found" className="h-auto">
          {state.query.include || state.query.exclude
            ? "Check the files to include and exclude."
            : "Generated files and installed packages are left out."}
        </EmptyState>
      ) : null}
      {files.length > 0 && <SearchResults search={search} readOnly={readOnly} listRef={list} onOpen={onOpen} />}
    </div>
  );
}

/** Whether what is asked for cannot be searched: no regular expression, or no glob. */
function isWrong({ status, error }: SearchState): boolean {
  return status === "failed" && error?.code === "INVALID_INPUT";
}

function leftOut(tooLarge: number): string {
  return ` · ${tooLarge === 1 ? "1 file of more than 5 MB was" : `${tooLarge} files of more than 5 MB were`} left out`;
}

function summary({ status, files, limited, searched, milliseconds }: SearchState): string {
  const matches = countMatches(files);
  const found = `${matches.toLocaleString("en")} ${matches === 1 ? "match" : "matches"} in ${files.length.toLocaleString("en")} ${files.length === 1 ? "file" : "files"}`;
  switch (status) {
    case "idle":
      return "";
    case "searching":
      return matches === 0 ? "Searching…" : `${found} so far…`;
    case "failed":
      return matches === 0 ? "" : `${found} before it ended`;
    case "done":
      if (limited) return `The first ${found}. Be more exact to see the rest.`;
      return matches === 0
        ? `${searched.toLocaleString("en")} files searched`
        : `${found} · ${Math.round(milliseconds).toLocaleString("en")} ms`;
  }
}
