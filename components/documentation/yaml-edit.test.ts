import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { setInYaml, YamlEditError } from "./yaml-edit";

const schema = `# the finance models
version: 2

models:
  - name: orders # one row an order
    description: >
      All orders,
      folded.
    columns:
      # the key
      - name: order_id
        data_tests: [unique, not_null]
      - name: amount
        description: "in 'euros'"

  - name: payments
    config: &shared
      tags: ['finance']
    columns:
      - name: payment_id

  # the last one
  - name: refunds
    config: *shared
`;

describe("setInYaml", () => {
  it("replaces a value and nothing else", () => {
    expect(setInYaml(schema, ["models", 0, "columns", 1, "description"], "in cents")).toBe(
      schema.replace(`"in 'euros'"`, "in cents"),
    );
  });

  it("replaces a folded text by one of several lines", () => {
    const text = setInYaml(schema, ["models", 0, "description"], "One.\n\nTwo: a list.");
    expect(parse(text, { merge: true }).models[0].description).toBe("One.\n\nTwo: a list.");
    expect(text).toContain(
      "  - name: orders # one row an order\n    description: |-\n      One.\n\n      Two: a list.\n    columns:\n      # the key\n",
    );
  });

  it("adds a key after the last one of its map, at its column", () => {
    expect(setInYaml(schema, ["models", 1, "columns", 0, "data_type"], "integer")).toBe(
      schema.replace("      - name: payment_id\n", "      - name: payment_id\n        data_type: integer\n"),
    );
  });

  it("makes what is missing on the way", () => {
    const text = setInYaml(schema, ["models", 0, "config", "contract", "enforced"], true);
    expect(text).toContain(
      `        description: "in 'euros'"\n    config:\n      contract:\n        enforced: true\n\n  - name: payments`,
    );
  });

  it("appends to a list", () => {
    const text = setInYaml(schema, ["models", 0, "columns", 2], { name: "paid_at" });
    expect(text).toContain(`        description: "in 'euros'"\n      - name: paid_at\n\n  - name: payments`);
    const tests = setInYaml(schema, ["models", 0, "columns", 0, "data_tests", 2], "positive");
    expect(parse(tests, { merge: true }).models[0].columns[0].data_tests).toEqual(["unique", "not_null", "positive"]);
    expect(tests).toBe(schema.replace("[unique, not_null]", "[unique, not_null, positive]"));
    expect(setInYaml(schema, ["models", 0, "columns", 0, "data_tests", 0], undefined)).toBe(
      schema.replace("[unique, not_null]", "[not_null]"),
    );
  });

  it("writes lists as far in as the file does", () => {
    const flat = "models:\n- name: a\n  columns:\n  - name: b\n";
    expect(setInYaml(flat, ["models", 0, "columns", 0, "data_tests"], ["unique"])).toBe(
      "models:\n- name: a\n  columns:\n  - name: b\n    data_tests:\n    - unique\n",
    );
  });

  it("takes a key, an item and what becomes empty away", () => {
    expect(setInYaml(schema, ["models", 0, "columns", 1, "description"], undefined)).toBe(
      schema.replace(`        description: "in 'euros'"\n`, ""),
    );
    expect(setInYaml(schema, ["models", 1, "columns", 0], undefined)).toBe(
      schema.replace("    columns:\n      - name: payment_id\n", ""),
    );
  });

  it("leaves alone what an anchor shares with another entry, and says so", () => {
    const text = "models:\n  - name: a\n    config: &shared\n      tags: [x]\n  - name: b\n    config: *shared\n";
    expect(() => setInYaml(text, ["models", 1, "config", "tags"], ["y"])).toThrow(
      /“config” is shared by the anchor &shared/,
    );
    expect(() => setInYaml(text, ["models", 1, "config", "tags"], undefined)).toThrow(/shared by the anchor/);
    expect(setInYaml(text, ["models", 0, "config", "tags"], ["y"])).toContain("config: &shared");
  });

  it("keeps anchors, and quotes words that dbt's reader takes for a boolean", () => {
    const text = setInYaml(schema, ["models", 1, "description"], "yes");
    expect(text).toContain('description: "yes"');
    expect(text).toContain("config: &shared");
    expect(text).toContain("config: *shared");
  });

  it.each<[name: string, text: string, path: (string | number)[], value: unknown, expected: string]>([
    [
      "a key with nothing behind it",
      "models:\n- name:   a\n  description:   # later\n\n\n- name: b\n",
      ["models", 0, "description"],
      "X",
      "models:\n- name:   a\n  description: X   # later\n\n\n- name: b\n",
    ],
    [
      "a key that waits for a list",
      "models:\n- name:   a\n  columns: # none yet\n- name:   b\n",
      ["models", 0, "columns", 0],
      { name: "id" },
      "models:\n- name:   a\n  columns: # none yet\n  - name: id\n- name:   b\n",
    ],
    [
      "a text of several lines behind a key with a comment",
      "models:\n  - name:   a\n    description: # later\n",
      ["models", 0, "description"],
      "One.\n\nTwo",
      "models:\n  - name:   a\n    description: |- # later\n      One.\n\n      Two\n",
    ],
    [
      "an empty list in brackets",
      "models:\n  - name:   a\n    tests: []  # none\n",
      ["models", 0, "tests", 0],
      "unique",
      "models:\n  - name:   a\n    tests:  # none\n      - unique\n",
    ],
    [
      "one more in brackets over several lines",
      "models:\n  - name:   a\n    columns: [\n      {name: id},   # k\n      {name: x}\n    ]\n",
      ["models", 0, "columns", 2],
      { name: "z" },
      "models:\n  - name:   a\n    columns: [\n      {name: id},   # k\n      {name: x},\n      {name: z}\n    ]\n",
    ],
    [
      "a value within brackets over several lines",
      "models:\n  - name:   a\n    columns: [\n      {name: id},   # k\n      { name: x }\n    ]\n",
      ["models", 0, "columns", 1, "description"],
      "It's: [x]",
      'models:\n  - name:   a\n    columns: [\n      {name: id},   # k\n      { name: x, description: "It\'s: [x]" }\n    ]\n',
    ],
    [
      "one less within braces",
      "models:\n  - {name:   a, meta: {owner: ada,  x: 1}} # m\n",
      ["models", 0, "meta", "owner"],
      undefined,
      "models:\n  - {name:   a, meta: {x: 1}} # m\n",
    ],
    [
      "lines that end as in Windows",
      "models:\r\n  - name: a\r\n    columns:\r\n      - name: id\r\n",
      ["models", 0, "columns", 0, "tests"],
      ["unique", "not_null"],
      "models:\r\n  - name: a\r\n    columns:\r\n      - name: id\r\n        tests:\r\n          - unique\r\n          - not_null\r\n",
    ],
    [
      "a file without a line break at its end",
      "models:\n  - name: a\n    columns:",
      ["models", 0, "columns", 0],
      { name: "id" },
      "models:\n  - name: a\n    columns:\n      - name: id\n",
    ],
    [
      "an anchor, which stays with its entry",
      "models:\n  - name: a\n    columns:\n      - &id\n        name:  id\n  - name: b\n    columns: [*id]\n",
      ["models", 0, "columns", 0, "description"],
      "The key.",
      "models:\n  - name: a\n    columns:\n      - &id\n        name:  id\n        description: The key.\n  - name: b\n    columns: [*id]\n",
    ],
  ] as [string, string, (string | number)[], unknown, string][])(
    "changes nothing beside %s",
    (_name, text, path, value, expected) => {
      expect(setInYaml(text, path, value)).toBe(expected);
    },
  );

  it("refuses what would take an anchor away that others use, or what an anchor brings", () => {
    const shared =
      "models:\n  - name: a\n    columns:\n      - &id\n        name: id\n      - name: z\n  - name: b\n    columns: [*id]\n";
    expect(() => setInYaml(shared, ["models", 0, "columns", 0], undefined)).toThrow(/The anchor &id stands here/);
    expect(() => setInYaml(shared, ["models", 1, "columns", 0, "description"], "x")).toThrow(
      /Entry 1 of “columns” is shared by the anchor &id/,
    );
    const merged = "x: &d\n  description: theirs\nmodels:\n  - <<: *d\n    name: a\n";
    expect(() => setInYaml(merged, ["models", 0, "description"], undefined)).toThrow(
      /“description” comes from an anchor/,
    );
    const tested = merged.replace("description: theirs", "tests: [unique]");
    expect(() => setInYaml(tested, ["models", 0, "tests", 1], "not_null")).toThrow(/“tests” comes from an anchor/);
    expect(setInYaml(merged, ["models", 0, "description"], "ours")).toBe(`${merged}    description: ours\n`);
  });

  it("begins an empty file", () => {
    expect(setInYaml("", ["models", 0], { name: "a" })).toBe("models:\n  - name: a\n");
    expect(setInYaml("version: 2\n", ["models", 0], { name: "a" })).toBe("version: 2\nmodels:\n  - name: a\n");
  });

  it("keeps every comment and every other value through many changes", () => {
    let text = schema;
    const value = parse(schema, { merge: true });
    const changes: [(string | number)[], unknown][] = [
      [["models", 0, "columns", 0, "description"], "The key: unique # really"],
      [["models", 2, "description"], "{{ doc('refunds') }}"],
      [
        ["models", 0, "columns", 2],
        {
          name: "new",
          data_type: "numeric(10, 2)",
          data_tests: [{ accepted_values: { arguments: { values: [1, "a"] } } }],
        },
      ],
      [["models", 2, "columns"], [{ name: "refund_id" }]],
      [
        ["models", 1, "config", "tags"],
        ["finance", "daily"],
      ],
    ];
    for (const [path, change] of changes) {
      text = setInYaml(text, path, change);
      let at = value;
      for (const key of path.slice(0, -1)) at = at[key];
      at[path.at(-1) as string] = change;
      expect(parse(text, { merge: true })).toEqual(value);
    }
    for (const comment of ["# the finance models", "# one row an order", "# the key", "# the last one"])
      expect(text).toContain(comment);
    expect(text.split("\n").filter((line) => line === "")).toHaveLength(
      schema.split("\n").filter((line) => line === "").length,
    );
  });

  it("refuses what is no YAML", () => {
    expect(() => setInYaml("models: [", ["models", 0], { name: "a" })).toThrow(YamlEditError);
    expect(() => setInYaml("models: 3", ["models", 0, "name"], "a")).toThrow(YamlEditError);
  });
});
