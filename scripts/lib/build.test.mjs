import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { keepingText } from "./build.mjs";

it("a file has its text again after work that changed it, whether that ended well or not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-build-"));
  const file = join(folder, "tsconfig.json");
  const text = '{ "include": ["**/*.ts"] }\n';
  try {
    writeFileSync(file, text);
    const done = await keepingText(file, async () => {
      writeFileSync(file, '{ "include": ["**/*.ts", ".another/types/**/*.ts"] }\n');
      return "built";
    });
    expect([done, readFileSync(file, "utf8")]).toEqual(["built", text]);
    const failing = keepingText(file, async () => {
      writeFileSync(file, "");
      throw new Error("The build failed.");
    });
    await expect(failing).rejects.toThrow("The build failed.");
    expect(readFileSync(file, "utf8")).toBe(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
