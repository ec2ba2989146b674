import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkYaml } from "./yaml-check";

const found = (text: string, file = "models/schema.yml") =>
  checkYaml(file, text).map(({ start, end, code, replace }) =>
    `${code} ${text.slice(start, end)} ${replace.join("|")}`.trim(),
  );

test("keys, values, forms and what is missing, each at its exact place", () => {
  expect(
    found(
      [
        "version: 2",
        "models:",
        "  - name: orders",
        "    desciption: what was sold",
        "    config:",
        "      materialised: table",
        "      cluster_by: day",
        "      contract: {enforced: maybe}",
        "    columns:",
        "      name: id",
        "  - description: no name",
        "    access: pubic",
        "exposures:",
        "  - name: board",
        "    type: dashbord",
      ].join("\n"),
    ),
  ).toEqual([
    "unknown-key desciption description",
    "unknown-key materialised materialized",
    "unknown-value maybe true|false",
    "wrong-form columns",
    "unknown-value pubic public",
    "missing-key description",
    "unknown-value dashbord dashboard",
    "missing-key name",
  ]);
});

test("broken YAML is found where it breaks, with a word about Jinja", () => {
  expect(checkYaml("models/a.yml", "models:\n  - name: {{ target.name }}\n")[0]).toMatchObject({
    code: "syntax",
    severity: "error",
    message: expect.stringContaining("Jinja in YAML needs quotes"),
  });
  expect(found("models:\n  - name: a\n    name: b\n")[0]).toMatch(/^syntax/);
});

test("the project's own files have schemas of their own, and other YAML has none", () => {
  expect(
    found(
      "name: x\nmodel-path: [models]\nmodels:\n  x:\n    +materialised: view\n    staging:\n      +schema: s\n",
      "dbt_project.yml",
    ),
  ).toEqual(["unknown-key model-path model-paths", "unknown-key +materialised +materialized"]);
  expect(found("packages:\n  - pakage: dbt-labs/dbt_utils\n    version: 1.0.0\n", "packages.yml")).toEqual([
    "unknown-key pakage package",
  ]);
  expect(found("on: push\njobs: {}\n", ".github/workflows/ci.yml")).toEqual([]);
  expect(found("default:\n  outputs: {}\n", "profiles.yml")).toEqual([]);
});

test("the sample project has nothing wrong", () => {
  const root = join(process.cwd(), "e2e/sample-project");
  const files = (readdirSync(root, { recursive: true }) as string[]).filter((file) => /\.ya?ml$/.test(file));
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    expect({ file, found: found(readFileSync(join(root, file), "utf8"), file) }).toEqual({ file, found: [] });
  }
});
