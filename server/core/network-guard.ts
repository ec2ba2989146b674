import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Agent, type Dispatcher } from "undici";
import { AppError } from "./app-error";
import { config, isLoopbackHost } from "./config";
import { processSingleton } from "./singleton";

/** What may be reached besides public addresses over https. */
export interface GuardRules {
  /** Loopback may be reached, also over http (demo and tests). */
  readonly trustLoopback: boolean;
  /** Host names that may have private addresses (a provider or Git server of the company's own network). */
  readonly privateHosts: readonly string[];
}

type AddressKind = "public" | "loopback" | "private" | "forbidden";

function blockList(ranges: readonly (readonly [string, number, "ipv4" | "ipv6"])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of ranges) list.addSubnet(network, prefix, family);
  return list;
}

const loopback = blockList([
  ["127.0.0.0", 8, "ipv4"],
  ["::1", 128, "ipv6"],
]);
const privateRanges = blockList([
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["fc00::", 7, "ipv6"],
]);
/** Link-local (the metadata services of clouds), this-network, multicast, documentation, benchmarks, reserved. RFC 6890. */
const forbidden = blockList([
  ["0.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.88.99.0", 24, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["240.0.0.0", 4, "ipv4"],
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["3fff::", 20, "ipv6"],
]);
const globalUnicast = blockList([["2000::", 3, "ipv6"]]);

/** What kind of address this is. IPv6 outside of global unicast (also IPv4 written as IPv6) is forbidden. */
export function addressKind(address: string): AddressKind {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return addressKind(mapped);
  const family = isIP(address);
  if (family === 0) return "forbidden";
  const name = family === 4 ? "ipv4" : "ipv6";
  if (loopback.check(address, name)) return "loopback";
  if (privateRanges.check(address, name)) return "private";
  if (forbidden.check(address, name)) return "forbidden";
  return family === 4 || globalUnicast.check(address, "ipv6") ? "public" : "forbidden";
}

function allowed(hostname: string, address: string, rules: GuardRules): boolean {
  switch (addressKind(address)) {
    case "public":
      return true;
    case "loopback":
      return rules.trustLoopback && isLoopbackHost(hostname);
    case "private":
      return rules.privateHosts.includes(hostname.toLowerCase());
    case "forbidden":
      return false;
  }
}

function refused(hostname: string): AppError {
  return new AppError(
    "INVALID_INPUT",
    `Millrace may not connect to ${hostname}: it is an address of an internal network.`,
    {
      hint: "The operator can allow a host of the company's own network with MILLRACE_PRIVATE_HOSTS.",
    },
  );
}

/**
 * Parses the address of another service and refuses what Millrace must not reach: anything but https (http to trusted
 * loopback), user info, and IP addresses of internal networks. Names are checked when they are resolved (`guardedLookup`).
 * @throws INVALID_INPUT
 */
export function checkRemoteUrl(address: string, rules: GuardRules = guardRules()): URL {
  if (!URL.canParse(address)) throw new AppError("INVALID_INPUT", "This is not a web address.");
  const url = new URL(address);
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const trusted = rules.trustLoopback && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && trusted)) {
    throw new AppError("INVALID_INPUT", "The address must start with https://.");
  }
  if (url.username !== "" || url.password !== "") {
    throw new AppError("INVALID_INPUT", "The address must not contain a user name or a password.");
  }
  if (isIP(hostname) !== 0 && !allowed(url.hostname, hostname, rules)) throw refused(hostname);
  if (url.hostname === "localhost" && !trusted) throw refused(hostname);
  return url;
}

/** A resolver for sockets that fails unless every address of the name may be reached; what it checked is what is connected to. */
export function guardedLookup(rules: GuardRules, resolve: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, "", 0);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => allowed(hostname, address, rules))) {
        return callback(refused(hostname), "", 0);
      }
      if (options.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}

/** The rules of this process. */
export function guardRules(): GuardRules {
  return { trustLoopback: config().trustLoopback, privateHosts: config().privateHosts };
}

/** For undici's `request` and `fetch`: connects only to what the rules allow, and never follows a redirect by itself. */
export function guardedDispatcher(): Dispatcher {
  return processSingleton(
    "guardedDispatcher",
    () =>
      new Agent({
        connect: { lookup: guardedLookup(guardRules()), timeout: 5000 },
        headersTimeout: 10_000,
        bodyTimeout: 10_000,
      }),
  );
}
