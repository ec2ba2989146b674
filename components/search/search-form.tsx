"use client";
import { CaseSensitive, ChevronRight, Package, Regex, ReplaceAll, WholeWord } from "lucide-react";
import { type KeyboardEvent, type RefObject, useState } from "react";
import { useStore } from "@/components/shell";
import { ConfirmDialog, classNames, IconButton, Input } from "@/components/ui";
import { countMatches } from "./rows";
import type { SearchStore } from "./search-store";

/** The fields: what to look for, what to write instead, and where. */
export function SearchForm({
  search,
  readOnly,
  field,
  onDown,
}: {
  search: SearchStore;
  readOnly: boolean;
  field: RefObject<HTMLInputElement | null>;
  onDown: () => void;
}) {
  const { query, replacing, files, status, busy } = useStore(search.store);
  const [where, setWhere] = useState(query.include !== "" || query.exclude !== "");
  const [asking, setAsking] = useState(false);
  const matches = countMatches(files);
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter") {
      search.change({}, 0);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      onDown();
    }
  }
  return (
    <div className="flex shrink-0 gap-0.5 pr-2 pb-2 pl-0.5">
      {readOnly ? (
        <span className="w-2" />
      ) : (
        <IconButton
          label={replacing ? "Hide replacement" : "Replace too"}
          icon={<ChevronRight className={classNames("transition-transform", replacing && "rotate-90")} />}
          pressed={replacing}
          className="self-start"
          onClick={() => search.setReplacing(!replacing)}
        />
      )}
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <div className="relative">
          <Input
            ref={field}
            aria-label="Search in project"
            placeholder="Search"
            className="pr-20"
            value={query.text}
            onChange={(event) => search.change({ text: event.target.value })}
            onKeyDown={onKeyDown}
          />
          <div className="absolute inset-y-0 right-0.5 flex items-center">
            <IconButton
              label="Match case"
              icon={<CaseSensitive />}
              pressed={query.caseSensitive}
              onClick={() => search.change({ caseSensitive: !query.caseSensitive }, 0)}
            />
            <IconButton
              label="Match whole word"
              icon={<WholeWord />}
              pressed={query.wholeWord}
              onClick={() => search.change({ wholeWord: !query.wholeWord }, 0)}
            />
            <IconButton
              label="Use regular expression"
              icon={<Regex />}
              pressed={query.regex}
              onClick={() => search.change({ regex: !query.regex }, 0)}
            />
          </div>
        </div>
        {replacing && (
          <div className="flex items-center gap-0.5">
            <Input
              aria-label="Replace with"
              placeholder={query.regex ? "Replace with ($1 is a group)" : "Replace with"}
              value={query.replacement ?? ""}
              onChange={(event) => search.change({ replacement: event.target.value })}
              onKeyDown={onKeyDown}
            />
            <IconButton
              label="Replace all"
              icon={<ReplaceAll />}
              disabled={matches === 0 || busy || status !== "done"}
              onClick={() => setAsking(true)}
            />
          </div>
        )}
        <div className="flex items-center justify-between">
          <button
            type="button"
            aria-expanded={where}
            className="rounded px-0.5 text-xs text-muted hover:text-ink"
            onClick={() => setWhere(!where)}
          >
            {where ? "Fewer options" : "Files to include and exclude"}
          </button>
          <IconButton
            label="Search installed packages too"
            icon={<Package />}
            pressed={query.packages}
            onClick={() => search.change({ packages: !query.packages }, 0)}
          />
        </div>
        {where && (
          <>
            <Input
              aria-label="Files to include"
              placeholder="Include: models/**, *.yml"
              className="h-7"
              value={query.include}
              onChange={(event) => search.change({ include: event.target.value })}
              onKeyDown={onKeyDown}
            />
            <Input
              aria-label="Files to exclude"
              placeholder="Exclude: *_test.sql, seeds"
              className="h-7"
              value={query.exclude}
              onChange={(event) => search.change({ exclude: event.target.value })}
              onKeyDown={onKeyDown}
            />
          </>
        )}
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Replace ${matches.toLocaleString("en")} ${matches === 1 ? "match" : "matches"} in ${files.length.toLocaleString("en")} ${files.length === 1 ? "file" : "files"}?`}
        description={`“${query.text}” becomes “${query.replacement ?? ""}”. One undo leads back.`}
        confirm="Replace all"
        onConfirm={() => search.replace()}
      />
    </div>
  );
}
