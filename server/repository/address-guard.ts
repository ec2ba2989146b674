import { lookup } from "node:dns/promises";
import { BlockList, isIP, isIPv6 } from "node:net";
import { AppError } from "../core/app-error";

/** Which remotes Millrace may talk to. */
export interface RemoteRules {
  /** http and https to loopback are allowed (demo and tests). */
  readonly allowLoopback: boolean;
  /** Only these hosts, when set. */
  readonly allowedHosts: readonly string[] | null;
  /** Hosts that may have a private address (a company's own Git server). Never loopback or link-local. */
  readonly privateHosts: readonly string[];
}

const loopback = list([["127.0.0.0", 8]], [["::1", 128]]);
const privateNetworks = list(
  [["10.0.0.0", 8], ["172.16.0.0", 12], ["192.168.0.0", 16], ["100.64.0.0", 10]],
  [["fc00::", 7]],
);
/** Link-local (cloud metadata), unspecified, documentation, benchmarking, multicast, reserved, and ranges that embed IPv4. */
const neverAllowed = list(
  [
    ["0.0.0.0", 8], ["169.254.0.0", 16], ["192.0.0.0", 24], ["192.0.2.0", 24], ["192.88.99.0", 24], ["198.18.0.0", 15],
    ["198.51.100.0", 24], ["203.0.113.0", 24], ["224.0.0.0", 4], ["240.0.0.0", 4],
  ],
  [
    ["::", 128], ["::ffff:0:0:0", 96], ["64:ff9b::", 96], ["64:ff9b:1::", 48], ["100::", 64], ["2001::", 23], ["2001:db8::", 32],
    ["2002::", 16], ["3fff::", 20], ["5f00::", 16], ["fe80::", 10], ["fec0::", 10], ["ff00::", 8],
  ],
);

function list(four: [string, number][], six: [string, number][]): BlockList {
  const blocks = new BlockList();
  for (const [network, bits] of four) blocks.addSubnet(network, bits, "ipv4");
  for (const [network, bits] of six) blocks.addSubnet(network, bits, "ipv6");
  return blocks;
}

function contains(blocks: BlockList, address: string): boolean {
  return blocks.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** An IPv4 address written as IPv6 (`::ffff:10.0.0.1`, `::10.0.0.1`) as plain IPv4; anything else as it is. */
function unmapped(address: string): string {
  if (!isIPv6(address)) return address;
  const host = new URL(`http://[${address.split("%")[0]}]`).hostname.slice(1, -1);
  const mapped = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (!mapped) return host;
  const high = Number.parseInt(mapped[1] ?? "0", 16);
  const low = Number.parseInt(mapped[2] ?? "0", 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** Whether an IP address is a public one: not loopback, private, link-local or of any special range. */
export function isPublicAddress(address: string): boolean {
  const plain = unmapped(address);
  return isIP(plain) !== 0 && ![loopback, privateNetworks, neverAllowed].some((blocks) => contains(blocks, plain));
}

/** Parses the address of a remote. Throws INVALID_INPUT with words for the admin who typed it. Does not touch the network. */
export function parseRemoteUrl(text: string, rules: RemoteRules): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw new AppError("INVALID_INPUT", "This is not a web address. It should look like https://git.example.com/team/project.git.");
  if (url.username !== "" || url.password !== "") {
    throw new AppError("INVALID_INPUT", "The address must not contain a user name or password.", {
      hint: "Put the access token into its own field; it is stored encrypted.",
    });
  }
  if (url.search !== "" || url.hash !== "") {
    throw new AppError("INVALID_INPUT", "The address of a repository has no ? or # part.");
  }
  const host = bareHost(url);
  const isLoopback = host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && contains(loopback, unmapped(host)));
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback && rules.allowLoopback)) {
    throw new AppError("INVALID_INPUT", "Millrace talks to Git servers over https only.", {
      hint: "Use the repository's https address; ssh and http addresses are not supported.",
    });
  }
  if (rules.allowedHosts && !rules.allowedHosts.includes(host)) {
    throw new AppError("INVALID_INPUT", `Millrace is not allowed to reach ${host}.`, {
      hint: `The operator of Millrace allows these Git servers: ${rules.allowedHosts.join(", ")}.`,
    });
  }
  return url;
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
}

export interface PinnedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}
type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;
const resolveAll: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/**
 * Resolves the host of a remote once, checks every address it has, and returns the one to connect to.
 * Throws GIT_ERROR when the name is unknown, INVALID_INPUT when any address is one that Millrace must not reach.
 */
export async function checkRemoteAddress(url: URL, rules: RemoteRules, resolve: Resolve = resolveAll): Promise<PinnedAddress> {
  const host = bareHost(url);
  const family = isIP(host);
  const found = family === 0 ? await resolveHost(host, resolve) : [{ address: host, family }];
  for (const { address } of found) {
    if (!isAllowed(unmapped(address), host, rules)) {
      throw new AppError("INVALID_INPUT", `Millrace must not connect to ${host}: it is an address inside a private network.`, {
        hint: "If this is your company's own Git server, the operator of Millrace can allow it with MILLRACE_GIT_PRIVATE_HOSTS.",
      });
    }
  }
  const first = found[0];
  if (!first) throw unknownHost(host);
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}

function isAllowed(address: string, host: string, rules: RemoteRules): boolean {
  if (isPublicAddress(address)) return true;
  if (isIP(address) === 0 || contains(neverAllowed, address)) return false;
  if (contains(loopback, address)) return rules.allowLoopback;
  return rules.privateHosts.includes(host);
}

async function resolveHost(host: string, resolve: Resolve): Promise<{ address: string; family: number }[]> {
  try {
    return await resolve(host);
  } catch (error) {
    throw unknownHost(host, error);
  }
}

function unknownHost(host: string, cause?: unknown): AppError {
  return new AppError("GIT_ERROR", `There is no server named ${host}.`, { hint: "Check the spelling of the address.", cause });
}
