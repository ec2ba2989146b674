"use client";
import { useSyncExternalStore } from "react";
import { type Density, densityCookie, readDensity, readTheme, type Theme, themeCookie } from "./appearance";
import { personStorage } from "./person";

const themeKey = "millrace:preferences:theme";
const densityKey = "millrace:preferences:density";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  listeners.add(listener);
  system.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    system.removeEventListener("change", listener);
  };
}

function remember(cookie: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari.
  document.cookie = `${cookie}=${value}; path=/; max-age=31536000; samesite=lax`;
  for (const listener of listeners) {
    listener();
  }
}

/** Chooses the theme at once and remembers it in a cookie that the server reads. */
export function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  personStorage.setItem(themeKey, theme);
  remember(themeCookie, theme);
}

/** Chooses the density at once and remembers it. */
export function setDensity(density: Density): void {
  document.documentElement.dataset.density = density;
  personStorage.setItem(densityKey, density);
  remember(densityCookie, density);
}

/** Takes the theme and density that are kept for the person, where this browser's cookies say otherwise. */
export function adoptAppearance(): void {
  const { theme, density } = document.documentElement.dataset;
  const keptTheme = personStorage.getItem(themeKey);
  const keptDensity = personStorage.getItem(densityKey);
  if (keptTheme !== null && keptTheme !== readTheme(theme)) {
    setTheme(readTheme(keptTheme));
  }
  if (keptDensity !== null && keptDensity !== readDensity(density)) {
    setDensity(readDensity(keptDensity));
  }
}

/** What is chosen, and whether it is dark right now (for Monaco and charts, which need to be told). */
export function useAppearance(): { theme: Theme; density: Density; dark: boolean } {
  const text = useSyncExternalStore(
    subscribe,
    () => {
      const { theme, density } = document.documentElement.dataset;
      const chosen = readTheme(theme);
      const dark =
        chosen === "dark" || (chosen === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches);
      return `${chosen} ${readDensity(density)} ${dark}`;
    },
    () => "system calm false",
  );
  const [theme, density, dark] = text.split(" ");
  return { theme: readTheme(theme), density: readDensity(density), dark: dark === "true" };
}
