import { AppError, checkRemoteUrl } from "../core";

/** Which Git servers Millrace may talk to. Plain data, because it travels to the worker threads. */
export interface RemoteRules {
  /** http and https to loopback are allowed (demo and tests). */
  readonly trustLoopback: boolean;
  /** Hosts that may have a private address (a company's own Git server). */
  readonly privateHosts: readonly string[];
  /** Only these hosts, when set. */
  readonly allowedHosts: readonly string[] | null;
}

/**
 * Parses the address of a remote and refuses what Millrace must not reach. Names are checked again, address by address, when they are
 * resolved for a connection. Throws INVALID_INPUT with words for the admin who typed it.
 */
export function parseRemoteUrl(text: string, rules: RemoteRules): URL {
  if (!/^https?:\/\//i.test(text)) {
    throw new AppError("INVALID_INPUT", "Millrace talks to Git servers over https only.", {
      hint: "Use the repository's https address, like https://git.example.com/team/project.git; ssh addresses are not supported.",
    });
  }
  const url = checkRemoteUrl(text, rules);
  if (url.search !== "" || url.hash !== "")
    throw new AppError("INVALID_INPUT", "The address of a repository has no ? or # part.");
  if (rules.allowedHosts && !rules.allowedHosts.includes(url.hostname)) {
    throw new AppError("INVALID_INPUT", `Millrace is not allowed to reach ${url.hostname}.`, {
      hint: `The operator of Millrace allows these Git servers: ${rules.allowedHosts.join(", ")}.`,
    });
  }
  return url;
}
