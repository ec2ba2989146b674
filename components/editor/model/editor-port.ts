import type { Tab } from "./tabs";

/** Where to put the cursor after opening; 1-based. */
export interface Place {
  line: number;
  column?: number;
}
export interface OpenOptions {
  /** As a preview tab, which the next one replaces. Default false. */
  preview?: boolean;
  kind?: Tab["kind"];
  /** For a comparison: the file on the left, instead of the last commit. */
  against?: string | undefined;
  place?: Place | null;
}
/** The cursor of the text editor that has, or last had, the focus. */
export interface CursorState {
  path: string;
  line: number;
  column: number;
  selected: number;
}
/** What is needed of the text editor itself; set by the component that shows it. */
export interface TextEditorPort {
  focus(): void;
  reveal(path: string, place: Place): void;
  selectedText(): string | null;
  /** The lines that the selection touches, counted from 1; null without a selection. */
  selectedLines(): { first: number; last: number } | null;
  /** Puts a text in the place of the selection; false when nothing can be typed. */
  insert(text: string): boolean;
  run(action: string): void;
  /** What the text editor can do with the file as it is now. */
  actions(): { id: string; label: string }[];
}
export type RefactoringKind =
  | "rename"
  | "extractCte"
  | "extractModel"
  | "useRefs"
  | "inlineModel"
  | "stagingModel"
  | "sqlToModel";
/** A refactoring that a person asked for, with the selected stretch of the file (or the cursor, where both are equal). */
export interface RefactoringRequest {
  kind: RefactoringKind | "undo";
  path: string | null;
  start: number;
  end: number;
}
