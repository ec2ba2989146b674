"use client";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { Button, classNames, Keys } from "@/components/ui";
import { type CommandId, keysOf } from "./key-map";
import { preferences } from "./preferences";
import { useStore } from "./store";

interface Step {
  title: string;
  text: string;
  /** The command that does it. */
  command: CommandId;
  act: string;
}

const steps: readonly Step[] = [
  {
    title: "Open a model",
    text: "Type a few letters of its name. The same field finds sources, macros and columns after @, and every command after >.",
    command: "goToFile",
    act: "Go to file",
  },
  {
    title: "Watch it compile",
    text: "The compiled SQL follows the editor as you type, from your unsaved text, exactly as dbt would write it.",
    command: "showCompiled",
    act: "Show compiled SQL",
  },
  {
    title: "See its rows",
    text: "Preview the selection or the whole file. The first rows are there at once; sort, filter, pivot, chart and compare them.",
    command: "preview",
    act: "Preview",
  },
  {
    title: "Find your way",
    text: "F12 goes to what a name means, from refs to macros and columns. Hover shows its columns, tests and documentation.",
    command: "goToSymbol",
    act: "Go to a model, source, macro or column",
  },
  {
    title: "Keep your work",
    text: "Your own branch, your own copy: save, look through the changes, commit and push. What you typed is kept even when the browser closes.",
    command: "showVersionControl",
    act: "Show version control",
  },
];

/** The five first steps. They can be taken in any order, skipped, and shown again from the help. */
export function Onboarding({ onCommand, onDone }: { onCommand: (id: CommandId) => void; onDone: () => void }) {
  const [current, setCurrent] = useState(0);
  const step = steps[current] ?? steps[0];
  if (step === undefined) {
    return null;
  }
  const last = current === steps.length - 1;
  function finish(): void {
    preferences().update((value) => ({ ...value, onboarded: true }));
    onDone();
  }
  const keys = keysOf(step.command);
  return (
    <section aria-label="First steps" className="w-full max-w-xl text-left">
      <ol className="mb-4 flex gap-1.5">
        {steps.map(({ title }, index) => (
          <li key={title} className="flex-1">
            <button
              type="button"
              aria-current={index === current ? "step" : undefined}
              onClick={() => setCurrent(index)}
              className={classNames(
                "flex h-full w-full flex-col gap-1 rounded-[4px] border-t-2 px-1 pt-1.5 text-left text-xs hover:text-ink",
                index <= current ? "border-accent" : "border-line",
                index === current ? "font-semibold text-ink" : "text-muted",
              )}
            >
              <span className="flex items-center gap-1">
                {index < current && <CircleCheck aria-hidden className="size-3 text-success" />}
                {index + 1}. {title}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <div aria-live="polite">
        <h2 className="text-[15px] font-semibold">{step.title}</h2>
        <p className="mt-1 min-h-12 text-muted">{step.text}</p>
      </div>
      <div className="mt-3 flex items-center gap-2">
        <Button variant="primary" onClick={() => onCommand(step.command)}>
          {step.act}
        </Button>
        {keys && <Keys keys={keys} />}
        <span className="flex-1" />
        {!last && (
          <Button variant="ghost" onClick={finish}>
            Skip
          </Button>
        )}
        <Button onClick={() => (last ? finish() : setCurrent(current + 1))}>{last ? "Done" : "Next"}</Button>
      </div>
    </section>
  );
}

/** Whether the person went through the first steps, or skipped them. */
export function useOnboarded(): boolean {
  return useStore(preferences(), ({ onboarded }) => onboarded);
}
