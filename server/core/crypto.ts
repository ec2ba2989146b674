import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { config } from "./config";

/**
 * Sealed secrets: envelope encryption with AES-256-GCM (NIST SP 800-38D).
 *
 * Each secret has its own random data key, which the master key wraps; so that changing the master key means wrapping the
 * small data keys again and never touches the secrets. Layout:
 *   version (1) | id of the master key (8) | nonce (12) wrapped data key (32) tag (16) | nonce (12) ciphertext (n) tag (16)
 * The purpose is authenticated data of the ciphertext: a secret that is copied to another place does not open there.
 */
const version = 1;
const keyIdBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const dataKeyBytes = 32;
const wrappedBytes = nonceBytes + dataKeyBytes + tagBytes;
const headBytes = 1 + keyIdBytes;

/** What each kind of stored secret is sealed for: one row of one table. */
export const secretPurposes = {
  signIn: (connectionId: string) => `sign-in-secret:${connectionId}`,
  gitToken: (projectId: string) => `git-token:${projectId}`,
  environment: (environmentId: string) => `environment-secrets:${environmentId}`,
} as const;

/** Master keys: the current one seals; all of them open. */
export interface KeyRing {
  readonly current: Buffer;
  readonly previous: readonly Buffer[];
}

function configuredKeys(): KeyRing {
  return { current: config().masterKey, previous: config().previousMasterKeys };
}

function keyId(key: Buffer): Buffer {
  return createHash("sha256").update("millrace key id").update(key).digest().subarray(0, keyIdBytes);
}

function encrypt(key: Buffer, plain: Buffer, associated: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associated);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, associated: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(associated).setAuthTag(sealed.subarray(sealed.length - tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()]);
}

function wrap(dataKey: Buffer, master: Buffer): Buffer {
  const head = Buffer.concat([Buffer.of(version), keyId(master)]);
  return Buffer.concat([head, encrypt(master, dataKey, head)]);
}

function unwrap(sealed: Buffer, keys: KeyRing): Buffer {
  if (sealed.length < headBytes + wrappedBytes + nonceBytes + tagBytes || sealed[0] !== version) {
    throw new Error("A stored secret is damaged or was sealed by a newer version of Millrace.");
  }
  const head = sealed.subarray(0, headBytes);
  const master = [keys.current, ...keys.previous].find((key) => keyId(key).equals(head.subarray(1)));
  if (master === undefined) {
    throw new Error(
      "A stored secret was sealed with a master key that is neither MILLRACE_KEY nor in MILLRACE_KEY_PREVIOUS.",
    );
  }
  return decrypt(master, sealed.subarray(headBytes, headBytes + wrappedBytes), head);
}

/** Seals a secret for one purpose (for example `git-token:<project id>`); only `unseal` with the same purpose opens it. */
export function seal(secret: Buffer | string, purpose: string, keys: KeyRing = configuredKeys()): Buffer {
  const plain = typeof secret === "string" ? Buffer.from(secret, "utf8") : secret;
  const dataKey = randomBytes(dataKeyBytes);
  return Buffer.concat([wrap(dataKey, keys.current), encrypt(dataKey, plain, Buffer.from(purpose, "utf8"))]);
}

/** Opens what `seal` made. Throws when the purpose differs, the bytes were changed or the master key is not known. */
export function unseal(sealed: Buffer, purpose: string, keys: KeyRing = configuredKeys()): Buffer {
  const dataKey = unwrap(sealed, keys);
  return decrypt(dataKey, sealed.subarray(headBytes + wrappedBytes), Buffer.from(purpose, "utf8"));
}

/** `unseal`, as UTF-8 text. */
export function unsealText(sealed: Buffer, purpose: string, keys: KeyRing = configuredKeys()): string {
  return unseal(sealed, purpose, keys).toString("utf8");
}

/** The same secret with its data key wrapped by the current master key, or null when it already is. */
export function rewrap(sealed: Buffer, keys: KeyRing = configuredKeys()): Buffer | null {
  if (sealed.subarray(1, headBytes).equals(keyId(keys.current))) return null;
  return Buffer.concat([wrap(unwrap(sealed, keys), keys.current), sealed.subarray(headBytes + wrappedBytes)]);
}

/** SHA-256 in hex: how random tokens are kept in the database. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}
