"use client";
import { useEffect, useRef } from "react";
import { type CommandHandlers, commandForKey, editorCommands, isApple } from "./key-map";

/**
 * Runs commands on their keys, before the text editor and the browser see them. Keys of editor commands reach the editor while it
 * has the focus. Nothing runs while a dialog is open.
 */
export function useCommandKeys(handlers: CommandHandlers): void {
  const current = useRef(handlers);
  useEffect(() => {
    current.current = handlers;
  });
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const command = commandForKey(event, isApple());
      if (!command || event.isComposing) {
        return;
      }
      const target = event.target instanceof Element ? event.target : null;
      const inEditor = target?.closest(".monaco-editor") != null;
      if (editorCommands.has(command) && (inEditor || target?.closest("input, textarea"))) {
        return;
      }
      // A field that uses the key itself, like the commit message its Mod-Enter, says so.
      if (target?.closest(`[data-own-keys~="${command}"]`)) {
        return;
      }
      const dialog = document.querySelector('[role="dialog"][data-open], [role="alertdialog"][data-open]');
      event.preventDefault();
      if (dialog && command !== "save") {
        return;
      }
      event.stopPropagation();
      current.current[command]();
    }
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
}
