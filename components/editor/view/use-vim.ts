import type { editor } from "monaco-editor/editor";
import { type RefObject, useEffect } from "react";
import { toast } from "@/components/ui";

/** What `:w` and `:q` do to the file that an editor shows. */
export interface VimFile {
  /** False when it could not be saved. */
  save: () => Promise<boolean>;
  /** False when it stays open, because it has unsaved changes. */
  close: () => boolean;
}

/** What its types leave out. The adapter that a command is given knows the editor that it was typed in. */
interface ExCommands {
  defineEx(name: string, short: string, act: (adapter: { editor: editor.IStandaloneCodeEditor }) => void): void;
}

/** Ex commands are defined once for all editors, so each is looked up here. */
const files = new WeakMap<editor.IStandaloneCodeEditor, () => VimFile>();

async function saveAndClose({ save, close }: VimFile): Promise<void> {
  if (await save()) close();
}

function quit({ close }: VimFile): void {
  if (!close()) toast("This file has unsaved changes: :wq saves and closes it.");
}

function defineCommands({ defineEx }: ExCommands): void {
  const define = (name: string, short: string, act: (file: VimFile) => unknown) =>
    defineEx(name, short, (adapter) => {
      const file = files.get(adapter.editor);
      if (file) void act(file());
    });
  define("write", "w", ({ save }) => save());
  define("quit", "q", quit);
  define("wq", "wq", saveAndClose);
  define("xit", "x", saveAndClose);
}

/** Vim's keys in a text editor while `on`; its status line is drawn into `status`. They are fetched when somebody wants them. */
export function useVim(
  instance: editor.IStandaloneCodeEditor | null,
  status: RefObject<HTMLElement | null>,
  { on, file }: { on: boolean; file: VimFile },
): void {
  useEffect(() => {
    if (instance) files.set(instance, () => file);
  });
  useEffect(() => {
    if (!instance || !on) {
      return;
    }
    let mode: { dispose(): void } | null = null;
    let current = true;
    import("monaco-vim").then(
      ({ initVimMode, VimMode }) => {
        if (!current || status.current === null) {
          return;
        }
        defineCommands((VimMode as unknown as { Vim: ExCommands }).Vim);
        mode = initVimMode(instance as never, status.current);
      },
      (error: unknown) => toast.error("Vim's keys could not be loaded", { description: String(error) }),
    );
    const line = status.current;
    return () => {
      current = false;
      mode?.dispose();
      line?.replaceChildren();
    };
  }, [instance, on, status]);
}
