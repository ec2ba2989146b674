import { sqlfluffDialects } from "@/server/contract";

/** Where a project configures SQLFluff. */
export const lintConfigurationPath = ".sqlfluff";

/** A configuration of SQLFluff to begin with, for the adapter's dialect: its core rules, and lower case as dbt's own style has it. */
export function lintConfiguration(adapter: string): string {
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
