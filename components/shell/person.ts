import { readJson, writeJson } from "./store";

/**
 * What a person arranged for themselves (preferences, layout, theme): kept in this browser, where it is there at once, and with
 * the person on the server, so that it is theirs in every browser. Another person at the same browser starts with their own.
 */

const ownerKey = "millrace:person";
/** Starts of the keys; the panels' library puts its own name in front of theirs. */
const kept = ["millrace:preferences", "react-resizable-panels:millrace:"];
/** The name on the server under which everything is kept. */
export const arrangementName = "arrangement";

const isKept = (key: string) => kept.some((start) => key.startsWith(start));
const changes = new Set<() => void>();

function keptKeys(): string[] {
  return Object.keys(window.localStorage).filter(isKept);
}

/** Call when something of the person's arrangement was written. */
export function noteArranged(key: string): void {
  if (isKept(key)) {
    for (const listener of changes) {
      listener();
    }
  }
}

/**
 * Makes this browser the person's: what the server keeps for them counts, and what another person left here is forgotten.
 * To be called before anything that is kept is read.
 */
export function adoptPerson(userId: string, arrangement: unknown): void {
  try {
    if (readJson(ownerKey) !== userId) {
      for (const key of keptKeys()) {
        window.localStorage.removeItem(key);
      }
      writeJson(ownerKey, userId);
    }
    if (typeof arrangement === "object" && arrangement !== null) {
      for (const [key, value] of Object.entries(arrangement)) {
        if (isKept(key) && typeof value === "string") {
          window.localStorage.setItem(key, value);
        }
      }
    }
  } catch (error) {
    console.warn("This browser keeps nothing, so everything looks as it does the first time.", error);
  }
}

/** A storage like localStorage whose writes are kept for the person too. */
export const personStorage = {
  getItem: (key: string): string | null => window.localStorage.getItem(key),
  setItem(key: string, value: string): void {
    try {
      if (window.localStorage.getItem(key) !== value) {
        window.localStorage.setItem(key, value);
        noteArranged(key);
      }
    } catch (error) {
      console.warn(`${key} cannot be remembered.`, error);
    }
  },
};

/** Gives `save` the whole arrangement some time after each change of it; returns the way to stop, which gives what waits. */
export function keepArrangement(save: (arrangement: Record<string, string>) => void, milliseconds = 1500): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    if (timer !== null) {
      clearTimeout(timer);
      timer = null;
      save(Object.fromEntries(keptKeys().map((key) => [key, window.localStorage.getItem(key) ?? ""])));
    }
  };
  const listener = () => {
    if (timer !== null) {
      clearTimeout(timer);
    }
    timer = setTimeout(flush, milliseconds);
  };
  changes.add(listener);
  window.addEventListener("pagehide", flush);
  return () => {
    changes.delete(listener);
    window.removeEventListener("pagehide", flush);
    flush();
  };
}
