"use client";
import { useEffect, useState } from "react";
import { Button, Dialog, toast } from "@/components/ui";
import type { ResultColumn } from "./result-data";
import type { ViewName } from "./result-messages";
import type { ResultStore } from "./result-store";
import type { GridPlace } from "./results-grid";

/** More text than this is not drawn at once; copying takes it whole. */
const drawnCharacters = 200_000;

/** One cell in full: exact text, JSON laid out, and its length. */
export function CellInspector({
  store,
  view,
  place,
  column,
  onClose,
}: {
  store: ResultStore;
  view: ViewName;
  place: GridPlace;
  /** Undefined for a column that is not one of the result's own. */
  column: ResultColumn | undefined;
  onClose: () => void;
}) {
  const [text, setText] = useState<string | null | undefined>(undefined);
  useEffect(() => {
    let current = true;
    store
      .cell(view, place.row, place.column)
      .then((value) => current && setText(value))
      .catch(onClose);
    return () => {
      current = false;
    };
  }, [store, view, place, onClose]);
  const shown = typeof text === "string" ? readable(text) : null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={column?.name ?? "Value"}
      description={`${column === undefined ? "" : `${column.type} · `}row ${(place.row + 1).toLocaleString()}${typeof text === "string" ? ` · ${text.length.toLocaleString()} ${text.length === 1 ? "character" : "characters"}` : ""}`}
      size="large"
      footer={
        <Button
          disabled={typeof text !== "string"}
          onClick={() => {
            navigator.clipboard.writeText(text ?? "").then(
              () => toast.success("Copied the whole value."),
              () => toast.error("The browser refused to write to the clipboard."),
            );
          }}
        >
          Copy value
        </Button>
      }
    >
      {text === null ? (
        <p className="text-faint italic">null</p>
      ) : (
        <pre className="min-h-24 font-mono text-[12px] break-words whitespace-pre-wrap">
          {shown?.slice(0, drawnCharacters)}
          {shown !== null &&
            shown.length > drawnCharacters &&
            `\n… ${(shown.length - drawnCharacters).toLocaleString()} more characters; copy to have them all.`}
        </pre>
      )}
    </Dialog>
  );
}

/** JSON laid out over lines when that keeps every digit; anything else as it is. */
export function readable(text: string): string {
  if (!/^\s*[[{]/.test(text) || text.length > 1_000_000) return text;
  try {
    const laidOut = JSON.stringify(JSON.parse(text), null, 2);
    return sameNumbers(text, laidOut) ? laidOut : text;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function sameNumbers(before: string, after: string): boolean {
  const numbers = (value: string) => (value.replace(/"(?:[^"\\]|\\.)*"/g, "").match(/-?\d[\d.eE+-]*/g) ?? []).join(" ");
  return numbers(before) === numbers(after);
}
