"use client";
import { useAfterPaint, useStore } from "@/components/shell";
import type { EditorController } from "../model/controller";

/** The file of the active tab, once its text is on the screen: for what is seen beside it. */
export function useActivePath(controller: EditorController): string | null {
  return useAfterPaint(useStore(controller.tabs, () => controller.activePath()));
}
