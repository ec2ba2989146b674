"use client";
import { Dialog as Base } from "@base-ui/react/dialog";
import { lazy, Suspense, useEffect, useState } from "react";
import { type PaletteMode, type PaletteProps, paletteInputClass } from "./palette-parts";

const prefixes: Record<PaletteMode, string> = { files: "", symbols: "@", commands: ">" };

const load = () => import("./palette-content");
const PaletteContent = lazy(() => load().then((module) => ({ default: module.PaletteContent })));
/** Milliseconds after which what is in the palette is fetched, wanted or not. */
const preloadAfter = 3000;

/** Files, symbols and commands in one field: nothing in front finds files, `@` symbols, `>` commands. */
export function Palette(props: PaletteProps) {
  useEffect(() => {
    const timer = setTimeout(() => void load(), preloadAfter);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Base.Root
      open={props.mode !== null || props.list !== null}
      onOpenChange={(open) => {
        if (!open) {
          props.onModeChange(null);
          props.onListClose();
        }
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-transparent" />
        <Base.Popup
          aria-label={props.list?.label ?? "Go to file, symbol or command"}
          className="popup fixed top-12 left-1/2 z-40 w-[620px] max-w-[calc(100vw-2rem)] -translate-x-1/2 overflow-hidden"
        >
          {/* A list that a command of the palette opens begins with nothing typed. */}
          <Opened key={props.list?.label ?? ""} {...props} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The text is kept here, so that what is typed while the rest is on its way is not lost. */
function Opened(props: PaletteProps) {
  const [text, setText] = useState(props.list !== null || props.mode === null ? "" : prefixes[props.mode]);
  const waiting = (
    <input
      // biome-ignore lint/a11y/noAutofocus: the palette was opened to be typed into.
      autoFocus
      aria-label={props.list?.label ?? "Go to file, symbol or command"}
      value={text}
      onChange={(event) => setText(event.target.value)}
      className={paletteInputClass}
    />
  );
  return (
    <Suspense fallback={waiting}>
      <PaletteContent {...props} text={text} onText={setText} />
    </Suspense>
  );
}
