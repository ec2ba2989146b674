import { describe, expect, test } from "vitest";
import { defaultPreviewLimits } from "../contract/policy";
import { type DecidedRule, evaluatePolicy } from "./evaluate";

function rule(changes: Partial<DecidedRule>): DecidedRule {
  const base = { scope: "organisation", scopeName: "River", preview: true, export: true, reason: "" } as const;
  return {
    ...base,
    maxRows: null,
    maxBytes: null,
    maxSeconds: null,
    by: "Ada",
    at: "2026-11-21T00:00:00.000Z",
    ...changes,
  };
}
const off = (scope: DecidedRule["scope"]) =>
  rule({ scope, scopeName: `the ${scope}`, preview: false, reason: "audit week" });

describe("the effective policy is the strictest of all matching rules", () => {
  test("without a rule: everything on, with the standard limits", () => {
    expect(evaluatePolicy([])).toEqual({
      preview: true,
      export: true,
      limits: defaultPreviewLimits,
      previewOffBy: null,
      exportOffBy: null,
    });
  });

  const table: {
    name: string;
    rules: DecidedRule[];
    preview: boolean;
    export: boolean;
    previewBy?: string;
    exportBy?: string;
  }[] = [
    { name: "all on", rules: [rule({}), rule({ scope: "project" })], preview: true, export: true },
    {
      name: "organisation off",
      rules: [off("organisation")],
      preview: false,
      export: false,
      previewBy: "organisation",
      exportBy: "organisation",
    },
    {
      name: "project off, organisation on",
      rules: [rule({}), off("project")],
      preview: false,
      export: false,
      previewBy: "project",
      exportBy: "project",
    },
    {
      name: "environment off",
      rules: [off("environment")],
      preview: false,
      export: false,
      previewBy: "environment",
      exportBy: "environment",
    },
    {
      name: "role off",
      rules: [rule({}), off("role")],
      preview: false,
      export: false,
      previewBy: "role",
      exportBy: "role",
    },
    {
      name: "role on does not lift organisation off",
      rules: [rule({ scope: "role" }), off("organisation")],
      ...{ preview: false, export: false, previewBy: "organisation", exportBy: "organisation" },
    },
    {
      name: "the broadest rule is named, whatever the order",
      rules: [off("role"), off("environment"), off("organisation"), off("project")],
      ...{ preview: false, export: false, previewBy: "organisation", exportBy: "organisation" },
    },
    {
      name: "export off, preview on",
      rules: [rule({}), rule({ scope: "environment", export: false })],
      ...{ preview: true, export: false, exportBy: "environment" },
    },
    {
      name: "preview off takes export with it, by the rule that switched preview off",
      rules: [rule({ export: false }), off("project")],
      ...{ preview: false, export: false, previewBy: "project", exportBy: "project" },
    },
  ];
  test.each(table)("$name", (row) => {
    const policy = evaluatePolicy(row.rules);
    expect({
      preview: policy.preview,
      export: policy.export,
      previewBy: policy.previewOffBy?.scope,
      exportBy: policy.exportOffBy?.scope,
    }).toEqual({ preview: row.preview, export: row.export, previewBy: row.previewBy, exportBy: row.exportBy });
  });

  test("each limit is the smallest one set, also above the standard when that is all that is set", () => {
    const rules = [rule({ maxRows: 1000, maxSeconds: 600 }), rule({ scope: "role", maxRows: 5000, maxBytes: 4096 })];
    expect(evaluatePolicy(rules).limits).toEqual({ rows: 1000, bytes: 4096, seconds: 600 });
  });

  test("the decision says who, when and why", () => {
    expect(evaluatePolicy([off("project")]).previewOffBy).toEqual({
      scope: "project",
      scopeName: "the project",
      by: "Ada",
      at: "2026-11-21T00:00:00.000Z",
      reason: "audit week",
    });
  });
});
