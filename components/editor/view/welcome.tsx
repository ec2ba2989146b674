"use client";
import { FileCode2, FilePlus2 } from "lucide-react";
import { keysOf } from "@/components/shell";
import { Button, EmptyState, Keys } from "@/components/ui";

/** What an empty editor says. */
export function Welcome({ onGoToFile, onNewFile }: { onGoToFile: () => void; onNewFile: (() => void) | null }) {
  const hints: [string, string | undefined][] = [
    ["Go to a file", keysOf("goToFile")],
    ["Go to a model, source, macro or column", keysOf("goToSymbol")],
    ["All commands", keysOf("palette")],
    ["Preview the open model", keysOf("preview")],
  ];
  return (
    <EmptyState
      icon={<FileCode2 />}
      title="Nothing is open"
      actions={
        <>
          <Button variant="primary" onClick={onGoToFile}>
            Go to file
          </Button>
          {onNewFile && (
            <Button onClick={onNewFile}>
              <FilePlus2 aria-hidden className="size-3.5" />
              New file
            </Button>
          )}
        </>
      }
    >
      <dl className="mt-2 grid grid-cols-[auto_auto] justify-center gap-x-4 gap-y-1.5 text-left">
        {hints.map(([title, keys]) => (
          <div key={title} className="contents">
            <dt>{title}</dt>
            <dd>{keys && <Keys keys={keys} />}</dd>
          </div>
        ))}
      </dl>
    </EmptyState>
  );
}
