"use client";
import { CornerDownLeft } from "lucide-react";
import { useEffect, useState } from "react";
import type { EntrySource } from "./entry-source";
import type { Inherited } from "./inherit";

/** Takes one description from upstream, and shows it first: its text, and the call of `doc()` that is written for it. */
export function InheritLink({ found, onInherit }: { found: Inherited; onInherit: (found: Inherited) => void }) {
  const { from, description, written } = found;
  const isCall = written !== description;
  return (
    <button
      type="button"
      title={
        isCall ? `Writes ${written}, as ${from} does: the text stays in its docs block` : `Writes a copy of the text`
      }
      className="mb-1 flex items-start gap-1 px-1.5 text-left text-xs text-accent hover:underline"
      onClick={() => onInherit(found)}
    >
      <CornerDownLeft aria-hidden className="mt-0.5 size-3 shrink-0" />
      <span className="min-w-0 break-words">
        Take from {from}: {isCall && <code className="font-mono">{written}</code>} {description}
      </span>
    </button>
  );
}

/** What was found upstream, with what would be written of it as soon as the upstreams' YAML was read. */
export function useWritten(source: EntrySource, found: readonly Inherited[]): readonly Inherited[] {
  const [read, setRead] = useState<{ of: readonly Inherited[]; written: readonly Inherited[] } | null>(null);
  useEffect(() => {
    let current = true;
    source.asWritten(found).then(
      (written) => current && setRead({ of: found, written }),
      // The rendered texts stay to be seen; who takes one is told why it could not be read.
      () => current && setRead(null),
    );
    return () => {
      current = false;
    };
  }, [source, found]);
  return read?.of === found ? read.written : found;
}
