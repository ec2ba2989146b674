/**
 * Checks of what the browser remembered, or another tab sent. Small on purpose: they are part of the first load, which the schemas of
 * the contract and their library are not.
 */
export type Shape<Value> = (value: unknown) => value is Value;
export type ShapeOf<Check> = Check extends Shape<infer Value> ? Value : never;

export const isText: Shape<string> = (value) => typeof value === "string";
export const isFlag: Shape<boolean> = (value) => typeof value === "boolean";
export const isNull: Shape<null> = (value) => value === null;
export const isUndefined: Shape<undefined> = (value) => value === undefined;
/** A whole number. */
export const isWhole: Shape<number> = (value): value is number => Number.isInteger(value);

/** A number between two others, both included. */
export function isBetween(least: number, most: number): Shape<number> {
  return (value): value is number => typeof value === "number" && value >= least && value <= most;
}

export function isOneOf<const Text extends string>(...texts: readonly Text[]): Shape<Text> {
  return (value): value is Text => texts.some((text) => text === value);
}

export function or<One, Other>(one: Shape<One>, other: Shape<Other>): Shape<One | Other> {
  return (value): value is One | Other => one(value) || other(value);
}

export function isListOf<Item>(isItem: Shape<Item>): Shape<Item[]> {
  return (value): value is Item[] => Array.isArray(value) && value.every((item) => isItem(item));
}

/** An object with at least these properties. */
export function objectOf<const Shapes extends Record<string, Shape<unknown>>>(
  shapes: Shapes,
): Shape<{ [Name in keyof Shapes]: ShapeOf<Shapes[Name]> }> {
  return (value): value is { [Name in keyof Shapes]: ShapeOf<Shapes[Name]> } =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(shapes).every(([name, fits]) => fits((value as Record<string, unknown>)[name]));
}
