/**
 * Texts of more characters are not read: no model that a person wrote is as long, and reading one would hold up each key by a
 * second and more.
 */
export const mostRead = 500_000;

/** Whether a text is edited as it is, without what reads it: outline, lenses, completion, hover, refactorings and checks. */
export function isTooLong(text: string): boolean {
  return text.length > mostRead;
}

/** What a reader says of a text that it does not read. */
export const tooLongToRead = `This file has more than ${mostRead.toLocaleString("en")} characters, and is not read.`;
