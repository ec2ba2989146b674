/** Where a project configures SQLFluff. */
export const lintConfigurationPath = ".sqlfluff";

/** A configuration of SQLFluff to begin with, for the adapter's dialect: its core rules, and lower case as dbt's own style has it. */
export async function lintConfiguration(adapter: string): Promise<string> {
  // When it is asked for: the contract's schemas are no part of the first load.
  const { sqlfluffDialects } = await import("@/server/contract");
  return `[sqlfluff]
dialect = ${sqlfluffDialects[adapter] ?? "ansi"}
templater = jinja
# The rules that most projects agree on; "all" turns on every rule.
rules = core
max_line_length = 120

[sqlfluff:rules:capitalisation.keywords]
capitalisation_policy = lower

[sqlfluff:rules:capitalisation.functions]
extended_capitalisation_policy = lower

[sqlfluff:rules:capitalisation.literals]
capitalisation_policy = lower

[sqlfluff:rules:capitalisation.types]
extended_capitalisation_policy = lower
`;
}
