import { z } from "zod";
import { noteArranged } from "./person";
import { rememberedStore, type Store } from "./store";

export const keyMaps = ["vscode", "vim"] as const;

const preferencesSchema = z.object({
  autosave: z.enum(["off", "afterDelay"]).default("off"),
  autosaveSeconds: z.number().min(0.5).max(60).default(2),
  /** A font of the person's own machine; empty for the page's monospace font. */
  fontFamily: z.string().trim().max(100).default(""),
  fontSize: z.number().min(9).max(28).default(13),
  tabSize: z.number().int().min(1).max(8).default(4),
  wordWrap: z.boolean().default(false),
  minimap: z.boolean().default(false),
  formatOnSave: z.boolean().default(false),
  keyMap: z.enum(keyMaps).default("vscode"),
  /** Whether the five first steps were gone through, or skipped. */
  onboarded: z.boolean().default(false),
});
export type Preferences = z.infer<typeof preferencesSchema>;

const key = "millrace:preferences";
let store: Store<Preferences> | null = null;

/** What this person likes. */
export function preferences(): Store<Preferences> {
  if (store === null) {
    store = rememberedStore(key, preferencesSchema.parse({}), (value) => {
      const parsed = preferencesSchema.safeParse(value);
      return parsed.success ? parsed.data : null;
    });
    store.subscribe(() => noteArranged(key));
  }
  return store;
}
