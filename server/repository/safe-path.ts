import { AppError, isSafeName } from "../core";

/** The parts of a relative path. Throws INVALID_INPUT when one of them is unsafe (see `isSafeName`). */
export function assertSafePath(path: string): string[] {
  const parts = path.split("/");
  if (path.length > 1000 || !parts.every(isSafeName)) {
    throw new AppError("INVALID_INPUT", "This is not a path inside the project.", {
      details: { path: path.slice(0, 200) },
    });
  }
  return parts;
}
