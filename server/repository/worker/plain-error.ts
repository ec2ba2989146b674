import { AppError, toAppError } from "../../core";

/** isomorphic-git's errors by their code: its entry points each bring classes of their own, so `instanceof` would miss some. */
interface GitError {
  readonly code?: unknown;
  readonly data?: { readonly statusCode?: unknown; readonly filepath?: unknown };
}

/** Anything that an operation throws, in words for the person: Git's, the server's and the disk's errors. */
export function plainError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code, data } = (error ?? {}) as GitError;
  if (code === "HttpError") return httpError(Number(data?.statusCode), error);
  if (code === "SmartHttpError" || code === "ParseError") {
    return new AppError("GIT_ERROR", "The server answers, but there is no Git repository at this address.", {
      hint: "Use the address that the Git server shows for cloning over https.",
      cause: error,
    });
  }
  if (code === "UnsafeFilepathError") return unsafePath(String(data?.filepath));
  return diskError(error) ?? toAppError(error);
}

/** A path in a repository that must not be written into a working tree. */
export function unsafePath(path: string): AppError {
  return new AppError("GIT_ERROR", "The repository holds a path that Millrace does not write.", {
    hint: "Rename or remove it in the repository. Names that look like .git are refused because they can take over a working tree.",
    details: { path: path.slice(0, 200) },
  });
}

function httpError(status: number, cause: unknown): AppError {
  if (status === 401 || status === 403) {
    return new AppError("GIT_ERROR", "The Git server refused: the project's access token does not allow this.", {
      hint: "An administrator can give the token access to the repository, or set another one. Nothing was lost.",
      details: { status },
      cause,
    });
  }
  if (status === 404 || status === 410) {
    return new AppError("GIT_ERROR", "There is no Git repository at this address.", {
      hint: "Check the address. Git servers also say so when the access token may not see a private repository.",
      details: { status },
      cause,
    });
  }
  return new AppError("GIT_ERROR", `The Git server failed with status ${status}.`, {
    hint: "Try again later. Nothing was lost.",
    details: { status },
    cause,
  });
}

/** What the disk refused, or null when it is no disk error. */
function diskError(error: unknown): AppError | null {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case "ENOSPC":
    case "EDQUOT":
      return new AppError("LIMIT_REACHED", "The disk of the Millrace server is full.", {
        hint: "Nothing was lost. Tell the operator of Millrace, then try again.",
        cause: error,
      });
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new AppError("INTERNAL", "Millrace is not allowed to write in its data folder.", {
        hint: "Tell the operator of Millrace.",
        cause: error,
      });
    default:
      return null;
  }
}
