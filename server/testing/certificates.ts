import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Just enough DER (ITU-T X.690) and X.509 (RFC 5280) to make certificates for tests, without a tool or a package. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...contents: Uint8Array[]) => der(0x30, ...contents);
const oid = (...bytes: number[]) => der(0x06, Buffer.from(bytes));
const integer = (bytes: Uint8Array) => der(0x02, bytes);
const bit = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes);
const yes = der(0x01, Buffer.from([0xff]));
const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`));
}

function extension(id: number, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(0x55, 0x1d, id), ...(critical ? [yes] : []), der(0x04, value));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of the tests' own. */
export interface Authority {
  /** Its certificate's file. */
  readonly file: string;
  /** Writes a certificate for `name` (null: without alternative names) and its key into the authority's folder. */
  issue(file: string, name: string | null, validUntil?: Date): CertificateFiles;
}

const anHour = 3_600_000;

export function makeAuthority(folder: string, { validUntil = new Date(Date.now() + anHour) } = {}): Authority {
  mkdirSync(folder, { recursive: true });
  const name = `Authority ${randomBytes(4).toString("hex")}`;
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const file = join(folder, "ca.pem");

  function certify(
    subject: string,
    key: KeyObject,
    { until, extensions }: { until: Date; extensions: Buffer[] },
  ): string {
    const body = sequence(
      der(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ecdsaWithSha256,
      commonName(name),
      sequence(time(new Date(Date.now() - 24 * anHour)), time(until)),
      commonName(subject),
      key.export({ type: "spki", format: "der" }),
      der(0xa3, sequence(...extensions)),
    );
    return pem("CERTIFICATE", sequence(body, ecdsaWithSha256, bit(sign("sha256", body, own.privateKey))));
  }

  const isAuthority = [
    extension(0x13, true, sequence(yes)),
    extension(0x0f, true, der(0x03, Buffer.from([1, 0b0000_0110]))),
  ];
  writeFileSync(file, certify(name, own.publicKey, { until: validUntil, extensions: isAuthority }));
  return {
    file,
    issue: (base, subject, until = new Date(Date.now() + anHour)) => {
      const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const files = { certificate: join(folder, `${base}.pem`), key: join(folder, `${base}.key`) };
      const extensions = [extension(0x13, true, sequence())];
      if (subject !== null) extensions.push(extension(0x11, false, sequence(der(0x82, Buffer.from(subject)))));
      writeFileSync(files.certificate, certify(subject ?? base, pair.publicKey, { until, extensions }));
      writeFileSync(files.key, pair.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
      return files;
    },
  };
}
