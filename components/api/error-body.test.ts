import { expect, test } from "vitest";
import { errorBodySchema } from "@/server/contract";
import { asErrorBody } from "./errors";

test("a failure is known by the contract's shape", () => {
  const least = { code: "CONFLICT", message: "Changed." };
  const place = { path: "models/a.sql", line: 3 };
  const shapes: unknown[] = [
    ...[
      null,
      "CONFLICT",
      {},
      least,
      { ...least, hint: "Look." },
      { ...least, hint: 3 },
      { ...least, code: "ECONNRESET" },
    ],
    ...[
      { ...least, code: "toString" },
      { code: -32_600, message: "x" },
      { ...least, details: null },
    ],
    ...[
      { ...least, details: { version: "1" }, reference: "1a" },
      { ...least, location: place },
    ],
    ...[
      { ...least, location: { ...place, column: 2, endLine: 4, endColumn: 1 } },
      { ...least, location: { line: 1 } },
    ],
    ...[
      { ...least, location: { ...place, line: 0 } },
      { ...least, location: null },
    ],
  ];
  for (const shape of shapes) expect(asErrorBody(shape)).toEqual(errorBodySchema.safeParse(shape).data ?? null);
});
