import type { editor } from "monaco-editor/editor";
import { type RefObject, useEffect } from "react";
import { toast } from "@/components/ui";

/** What its types leave out. */
interface ExCommands {
  defineEx(name: string, short: string, act: () => void): void;
}

/** Vim's keys in a text editor while `on`; its status line is drawn into `status`. They are fetched when somebody wants them. */
export function useVim(
  instance: editor.IStandaloneCodeEditor | null,
  status: RefObject<HTMLElement | null>,
  { on, save, close }: { on: boolean; save: () => void; close: () => void },
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: what `:w` and `:q` do is taken when the keys are, once for each editor.
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
        const { Vim } = VimMode as unknown as { Vim: ExCommands };
        Vim.defineEx("write", "w", save);
        Vim.defineEx("quit", "q", close);
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
