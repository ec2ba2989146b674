export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];
export const densities = ["calm", "dense"] as const;
export type Density = (typeof densities)[number];
export const themeCookie = "millrace-theme";
export const densityCookie = "millrace-density";

/** Cookie text to theme; anything else is `system`. */
export function readTheme(value: string | undefined): Theme {
  return themes.find((theme) => theme === value) ?? "system";
}

/** Cookie text to density; anything else is `calm`. */
export function readDensity(value: string | undefined): Density {
  return densities.find((density) => density === value) ?? "calm";
}
