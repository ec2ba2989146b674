import { z } from "zod";
import { rememberedStore, type Store } from "./store";

const preferencesSchema = z.object({
  autosave: z.enum(["off", "afterDelay"]).default("off"),
  autosaveSeconds: z.number().min(0.5).max(60).default(2),
  fontSize: z.number().min(9).max(28).default(13),
  tabSize: z.number().int().min(1).max(8).default(4),
  wordWrap: z.boolean().default(false),
  minimap: z.boolean().default(false),
});
export type Preferences = z.infer<typeof preferencesSchema>;

let store: Store<Preferences> | null = null;

/** What this person likes in this browser. */
export function preferences(): Store<Preferences> {
  store ??= rememberedStore("millrace:preferences", preferencesSchema.parse({}), (value) => {
    const parsed = preferencesSchema.safeParse(value);
    return parsed.success ? parsed.data : null;
  });
  return store;
}
