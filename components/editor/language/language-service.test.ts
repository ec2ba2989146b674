import { expect, test, vi } from "vitest";
import { LanguageService, type ProjectFile } from "./language-service";
import { at, shop } from "./project-for-tests";

/** A service over files, with what it has asked for. */
function serviceOver(files: Record<string, string>) {
  const asked: string[] = [];
  let isAway = false;
  const all = (): ProjectFile[] => Object.entries(files).map(([path, text]) => ({ path, text, version: "1" }));
  const service = new LanguageService({
    lookup: () => shop,
    known: () => Promise.resolve(),
    read: (path) => Promise.resolve(files[path] ?? null),
    texts: ({ words }) => {
      asked.push(words.join());
      return isAway
        ? Promise.reject(new Error("away"))
        : Promise.resolve({
            files: all().filter(({ text }) => words.some((word) => text.includes(word))),
            limited: false,
          });
    },
    previews: { prepare: () => Promise.resolve(), of: () => null },
    usage: { of: () => 0, note: () => undefined },
  });
  const offered = async (marked: string) => {
    const { text, offset } = at(marked);
    const { entries } = await service.complete(service.file("models/late.sql", text), offset);
    return entries.map(({ label, detail }) => `${label} ${detail}`);
  };
  return {
    service,
    asked,
    offered,
    goAway: (away: boolean) => {
      isAway = away;
    },
  };
}

test("variables come with their values, environment variables from every file that reads one, until texts change", async () => {
  const files: Record<string, string> = {
    "dbt_project.yml": "vars:\n  start_date: 2020-01-01\n",
    "profiles.yml": "shop:\n  schema: \"{{ env_var('SHOP_SCHEMA') }}\"\n",
    "models/a.sql": "select '{{ env_var('') }}'",
  };
  const { service, asked, offered, goAway } = serviceOver(files);
  goAway(true);
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  expect(await offered("{{ env_var('|")).not.toContain("SHOP_SCHEMA environment variable");
  expect(warned).toHaveBeenCalledTimes(1);
  warned.mockRestore();
  goAway(false);
  expect((await offered("{{ env_var('|"))[0]).toBe("SHOP_SCHEMA environment variable");
  await offered("{{ env_var('S|");
  expect(asked).toEqual(["env_var", "env_var"]);
  expect(await offered("{{ var('|")).toEqual(["start_date 2020-01-01 · project variable"]);
  files["dbt_project.yml"] = "vars:\n  start_date: 2021-01-01\n";
  service.changed("dbt_project.yml");
  expect(await offered("{{ var('|")).toEqual(["start_date 2021-01-01 · project variable"]);
});

test("what uses the macros of a file: calls and tests, not words alike and not the file itself", async () => {
  const { service } = serviceOver({
    "macros/cents.sql": "{% macro cents(column) %}{{ cents(1) }}{% endmacro %}",
    "macros/test_positive.sql": "{% test positive(model) %}{% endtest %}",
    "models/a.sql": "select {{ cents('a') }} as a",
    "models/b.sql": "select cents from c",
    "models/schema.yml": "models:\n  - name: orders\n    data_tests:\n      - positive\n",
  });
  expect(await service.usersOfMacros("macros/cents.sql")).toEqual(["models/a.sql"]);
  expect(await service.usersOfMacros("macros/test_positive.sql")).toEqual(["models/schema.yml"]);
  expect(await service.usersOfMacros("macros/none.sql")).toEqual([]);
});
