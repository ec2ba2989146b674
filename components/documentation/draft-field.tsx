"use client";
import { type ComponentProps, useEffect, useRef, useState } from "react";
import { Input, TextArea } from "@/components/ui";

/** A field inside a card, whose border shows when it is pointed at. */
export const quietField = "h-7! border-transparent bg-transparent px-1.5! hover:border-line-strong";

interface DraftProps {
  value: string;
  /** Called when the person leaves the field (or presses Enter, where it has one line) with another text. */
  onCommit: (text: string) => void;
}

/** What is typed counts until it is written: then the field shows what the file says, which may be spelled otherwise. */
function useDraft({ value, onCommit }: DraftProps) {
  const [draft, setDraft] = useState<{ text: string; isGiven: boolean } | null>(null);
  const before = useRef(value);
  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    // What is still being typed is not taken away when the file changes meanwhile.
    setDraft((typed) => (typed?.isGiven ? null : typed));
  }, [value]);
  const reset = () => setDraft(null);
  const commit = () => {
    if (draft === null) return;
    if (draft.text === value) return reset();
    setDraft({ ...draft, isGiven: true });
    onCommit(draft.text);
  };
  return { draft: draft?.text ?? value, type: (text: string) => setDraft({ text, isGiven: false }), commit, reset };
}

/** A field whose text counts once the person is done with it; Escape takes it back. */
export function DraftInput({ value, onCommit, ...rest }: DraftProps & Omit<ComponentProps<"input">, keyof DraftProps>) {
  const { draft, type, commit, reset } = useDraft({ value, onCommit });
  return (
    <Input
      {...rest}
      value={draft}
      onChange={(event) => type(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
        if (event.key === "Escape") reset();
      }}
    />
  );
}

/** The same with several lines. */
export function DraftTextArea({
  value,
  onCommit,
  ...rest
}: DraftProps & Omit<ComponentProps<"textarea">, keyof DraftProps>) {
  const { draft, type, commit, reset } = useDraft({ value, onCommit });
  return (
    <TextArea
      {...rest}
      value={draft}
      onChange={(event) => type(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Escape") reset();
      }}
    />
  );
}
