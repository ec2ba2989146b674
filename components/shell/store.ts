"use client";
import { useSyncExternalStore } from "react";

/** A value outside React that components and plain code share. Values are replaced, never changed in place. */
export class Store<Value> {
  private value: Value;
  private readonly listeners = new Set<() => void>();

  constructor(initial: Value) {
    this.value = initial;
  }

  readonly get = (): Value => this.value;

  set(next: Value): void {
    if (Object.is(next, this.value)) {
      return;
    }
    this.value = next;
    for (const listener of [...this.listeners]) {
      listener();
    }
  }

  update(change: (value: Value) => Value): void {
    this.set(change(this.value));
  }

  /** Calls `listener` after each change; returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };
}

/** Renders again when the selected part changes. `select` must return the same reference for the same state. */
export function useStore<Value>(store: Store<Value>): Value;
export function useStore<Value, Part>(store: Store<Value>, select: (value: Value) => Part): Part;
export function useStore<Value, Part>(store: Store<Value>, select?: (value: Value) => Part): Value | Part {
  const read = () => (select ? select(store.get()) : store.get());
  return useSyncExternalStore(store.subscribe, read, read);
}

/** A store that remembers its value in localStorage under `key`; anything unreadable counts as absent. */
export function rememberedStore<Value>(
  key: string,
  initial: Value,
  parse: (value: unknown) => Value | null,
): Store<Value> {
  const stored = readJson(key);
  const store = new Store((stored !== undefined && parse(stored)) || initial);
  store.subscribe(() => writeJson(key, store.get()));
  return store;
}

/** Reads JSON from localStorage; undefined when absent, unreadable, or when the browser refuses storage. */
export function readJson(key: string): unknown {
  try {
    const text = window.localStorage.getItem(key);
    return text === null ? undefined : JSON.parse(text);
  } catch (error) {
    console.warn(`What was remembered as ${key} cannot be read.`, error);
    return undefined;
  }
}

/** Writes JSON to localStorage. A full or refused storage only costs the memory of the layout. */
export function writeJson(key: string, value: unknown): void {
  try {
    window.localStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    console.warn(`${key} cannot be remembered.`, error);
  }
}
