import { noteArranged } from "./person";
import { isBetween, isFlag, isOneOf, isText, objectOf, type ShapeOf } from "./shapes";
import { rememberedStore, type Store } from "./store";

export const keyMaps = ["vscode", "vim"] as const;

const isPreferences = objectOf({
  autosave: isOneOf("off", "afterDelay"),
  autosaveSeconds: isBetween(0.5, 60),
  /** A font of the person's own machine; empty for the page's monospace font. */
  fontFamily: isText,
  fontSize: isBetween(9, 28),
  tabSize: isBetween(1, 8),
  wordWrap: isFlag,
  minimap: isFlag,
  formatOnSave: isFlag,
  keyMap: isOneOf(...keyMaps),
  /** Whether the five first steps were gone through, or skipped. */
  onboarded: isFlag,
});
export type Preferences = ShapeOf<typeof isPreferences>;
const usual: Preferences = {
  ...{ autosave: "off", autosaveSeconds: 2, fontFamily: "", fontSize: 13, tabSize: 4, wordWrap: false, minimap: false },
  ...{ formatOnSave: false, keyMap: "vscode", onboarded: false },
};

const key = "millrace:preferences";
let store: Store<Preferences> | null = null;

/** What this person likes. */
export function preferences(): Store<Preferences> {
  if (store === null) {
    store = rememberedStore(key, usual, (value) => {
      const whole = typeof value === "object" ? { ...usual, ...value } : null;
      return isPreferences(whole) ? { ...whole, fontFamily: whole.fontFamily.trim().slice(0, 100) } : null;
    });
    store.subscribe(() => noteArranged(key));
  }
  return store;
}
