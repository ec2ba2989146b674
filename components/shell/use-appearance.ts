"use client";
import { useSyncExternalStore } from "react";
import { type Density, densityCookie, readDensity, readTheme, type Theme, themeCookie } from "./appearance";

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
  remember(themeCookie, theme);
}

/** Chooses the density at once and remembers it. */
export function setDensity(density: Density): void {
  document.documentElement.dataset.density = density;
  remember(densityCookie, density);
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
