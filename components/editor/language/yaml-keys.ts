/** A key that dbt reads at some place of a YAML file, in our own words. `values` where there is a short list. */
export interface YamlKey {
  readonly name: string;
  readonly about: string;
  readonly values: readonly string[];
  /** What stands below or after it, so that the cursor goes on at the right place. */
  readonly form: "scalar" | "mapping" | "list" | "text";
}

/** `name form: about [value value]`, one a line. */
function keys(lines: string): YamlKey[] {
  return lines
    .trim()
    .split("\n")
    .flatMap((line) => {
      const match = /^\s*(\S+) (scalar|mapping|list|text): (.*?)(?: \[(.*)\])?$/.exec(line);
      return match
        ? [
            {
              name: match[1] ?? "",
              form: match[2] as YamlKey["form"],
              about: match[3] ?? "",
              values: match[4]?.split(" ") ?? [],
            },
          ]
        : [];
    });
}

const documented = `
name scalar: its name
description text: what it is, for the documentation
meta mapping: anything you want to note
tags list: words to select by
docs mapping: how it is shown in the documentation`;
const tested = `
data_tests list: what must be true of it
columns list: its columns`;
const nodeConfig = `
enabled scalar: whether dbt builds it at all [true false]
materialized scalar: what is built in the warehouse [view table incremental ephemeral materialized_view]
schema scalar: the custom part of the schema's name
database scalar: the database it is built in
alias scalar: the relation's name, when it is not the model's
tags list: words to select by
meta mapping: anything you want to note
group scalar: the group that owns it
access scalar: who may refer to it [private protected public]
contract mapping: whether columns and types are checked
persist_docs mapping: whether descriptions go to the warehouse
grants mapping: who may use the relation
unique_key scalar: the columns that tell one row from another
incremental_strategy scalar: how new rows get into the table [append delete+insert insert_overwrite merge microbatch]
on_schema_change scalar: what happens when columns change [ignore append_new_columns sync_all_columns fail]
pre_hook scalar: SQL to run before
post_hook scalar: SQL to run after
full_refresh scalar: whether --full-refresh rebuilds it [true false]
event_time scalar: the column that says when a row happened`;
const column = keys(`
name scalar: the column's name
description text: what it holds
data_type scalar: its type; contracts need it
data_tests list: what must be true of it
constraints list: what the warehouse shall enforce
quote scalar: whether its name is quoted [true false]
tags list: words to select tests by
meta mapping: anything you want to note
granularity scalar: of a time spine [second minute hour day week month quarter year]`);
const testConfig = keys(`
severity scalar: whether a failure stops a build [error warn]
error_if scalar: from how many rows on it fails, like >10
warn_if scalar: from how many rows on it warns, like >0
where scalar: a condition on the rows that are checked
limit scalar: how many failing rows are kept
store_failures scalar: whether failing rows are kept in the warehouse [true false]
store_failures_as scalar: how they are kept [table view ephemeral]
fail_calc scalar: what is counted
tags list: words to select by
enabled scalar: whether it runs [true false]
meta mapping: anything you want to note`);
const freshness = keys(`
warn_after mapping: after what time it warns
error_after mapping: after what time it fails
filter scalar: a condition on the rows that are looked at`);
const period = keys(`
count scalar: how many
period scalar: of what [minute hour day]`);
const config = keys(nodeConfig);

/** Keys by the way to the place, lists as `[]`. The first pattern that fits counts. */
const places: readonly [RegExp, readonly YamlKey[]][] = [
  [
    /^$/,
    keys(`
version scalar: version of this file's format [2]
models list: models and their columns
sources list: tables that others load
seeds list: CSV files
snapshots list: snapshots
macros list: macros and their arguments
exposures list: what uses the project's models
unit_tests list: models checked on made-up rows
data_tests list: SQL tests
semantic_models list: models for metrics
metrics list: numbers computed from semantic models
saved_queries list: queries of metrics
groups list: owners of models
analyses list: analyses`),
  ],
  [
    /^models\.\[\]$/,
    keys(`${documented}${tested}
config mapping: how it is built
constraints list: what the warehouse shall enforce
latest_version scalar: the version that ref() means
versions list: its versions
deprecation_date scalar: when it goes away
time_spine mapping: makes it a time spine
access scalar: who may refer to it [private protected public]
group scalar: the group that owns it`),
  ],
  [
    /^models\.\[\]\.versions\.\[\]$/,
    keys(
      "v scalar: the version\ndefined_in scalar: its file without .sql\nconfig mapping: how it is built\ncolumns list: its columns\ndescription text: what is different",
    ),
  ],
  [
    /^(?:seeds|snapshots)\.\[\]$/,
    keys(`${documented}${tested}
config mapping: how it is built
relation scalar: what a snapshot reads`),
  ],
  [
    /^snapshots\.\[\]\.config$/,
    keys(`${nodeConfig}
strategy scalar: how changes are found [timestamp check]
updated_at scalar: the column that says when a row changed
check_cols list: the columns that are compared
hard_deletes scalar: what happens to rows that are gone [ignore invalidate new_record]
dbt_valid_to_current scalar: the end of the current rows`),
  ],
  [
    /^seeds\.\[\]\.config$/,
    keys(`${nodeConfig}
column_types mapping: types by column
delimiter scalar: what separates fields
quote_columns scalar: whether names are quoted [true false]`),
  ],
  [
    /\.config\.contract$/,
    keys(
      "enforced scalar: whether it is checked [true false]\nalias_types scalar: whether types are translated [true false]",
    ),
  ],
  [
    /\.persist_docs$/,
    keys("relation scalar: of the relation [true false]\ncolumns scalar: of its columns [true false]"),
  ],
  [/(?:data_tests|tests)\.\[\]\.[\w.]+\.config$/, testConfig],
  [
    /^sources\.\[\]$/,
    keys(`
name scalar: its name in source()
description text: what it is
database scalar: the database it is in
schema scalar: the schema it is in, when that is not its name
loader scalar: what loads it
loaded_at_field scalar: the column that says when a row was loaded
tables list: its tables
config mapping: freshness, enabled, meta and tags
quoting mapping: what is quoted
overrides scalar: the package whose source it replaces
meta mapping: anything you want to note
tags list: words to select by
freshness mapping: how old rows may be`),
  ],
  [
    /^sources\.\[\]\.tables\.\[\]$/,
    keys(`
name scalar: its name in source()
description text: what it is
identifier scalar: the table's name, when it is another
columns list: its columns
data_tests list: what must be true of it
loaded_at_field scalar: the column that says when a row was loaded
config mapping: freshness, enabled, meta and tags
freshness mapping: how old rows may be
quoting mapping: what is quoted
external mapping: of an external table
meta mapping: anything you want to note
tags list: words to select by`),
  ],
  [
    /^sources(?:\.\[\]\.tables)?\.\[\]\.config$/,
    keys(`
enabled scalar: whether dbt knows it at all [true false]
freshness mapping: how old rows may be
loaded_at_field scalar: the column that says when a row was loaded
event_time scalar: the column that says when a row happened
meta mapping: anything you want to note
tags list: words to select by`),
  ],
  [/\.freshness$/, freshness],
  [/\.(?:warn_after|error_after)$/, period],
  [
    /\.quoting$/,
    keys(
      "database scalar: the database [true false]\nschema scalar: the schema [true false]\nidentifier scalar: the table [true false]",
    ),
  ],
  [
    /\.columns\.\[\]\.constraints\.\[\]$|\.constraints\.\[\]$/,
    keys(
      "type scalar: what it demands [not_null unique primary_key foreign_key check]\nexpression scalar: the condition, or what it refers to\nname scalar: its name\ncolumns list: its columns\nto scalar: the model a foreign key points at\nto_columns list: the columns it points at",
    ),
  ],
  [
    /^macros\.\[\]$/,
    keys(`${documented}
arguments list: its arguments
config mapping: docs and meta`),
  ],
  [
    /^macros\.\[\]\.arguments\.\[\]$/,
    keys(
      "name scalar: the argument's name\ntype scalar: what it takes [string boolean integer float any list[string] dict[string,string] optional[string] relation column]\ndescription text: what it means",
    ),
  ],
  [
    /^exposures\.\[\]$/,
    keys(`${documented}
label scalar: its name for people
type scalar: what it is [dashboard notebook analysis ml application]
maturity scalar: how much it can be relied on [high medium low]
url scalar: where it is
owner mapping: who answers for it
depends_on list: what it uses
config mapping: enabled, meta and tags`),
  ],
  [/^(?:exposures|groups)\.\[\]\.owner$/, keys("name scalar: their name\nemail scalar: their address")],
  [
    /^groups\.\[\]$/,
    keys(
      "name scalar: its name\nowner mapping: who answers for it\ndescription text: what it is\nconfig mapping: meta",
    ),
  ],
  [
    /^unit_tests\.\[\]$/,
    keys(`
name scalar: its name
model scalar: the model that is checked
description text: what it shows
given list: the rows that go in
expect mapping: the rows that come out
overrides mapping: macros, variables and environment for this test
config mapping: enabled, meta and tags
versions mapping: which versions of the model`),
  ],
  [
    /^unit_tests\.\[\]\.given\.\[\]$/,
    keys(
      "input scalar: a ref, a source or this\nrows list: the rows\nformat scalar: how they are written [dict csv sql]\nfixture scalar: a file with the rows",
    ),
  ],
  [
    /^unit_tests\.\[\]\.expect$/,
    keys(
      "rows list: the rows\nformat scalar: how they are written [dict csv sql]\nfixture scalar: a file with the rows",
    ),
  ],
  [
    /^unit_tests\.\[\]\.overrides$/,
    keys(
      "macros mapping: results of macros, like is_incremental\nvars mapping: values of variables\nenv_vars mapping: values of environment variables",
    ),
  ],
  [
    /^semantic_models\.\[\]$/,
    keys(
      "name scalar: its name\nmodel scalar: the model, as ref('…')\ndescription text: what it is\ndefaults mapping: the time dimension for aggregations\nentities list: keys to join by\ndimensions list: what to group by\nmeasures list: what to aggregate\nprimary_entity scalar: its entity",
    ),
  ],
  [
    /^metrics\.\[\]$/,
    keys(
      "name scalar: its name\nlabel scalar: its name for people\ndescription text: what it is\ntype scalar: how it is computed [simple ratio derived cumulative conversion]\ntype_params mapping: of what\nfilter text: which rows count",
    ),
  ],
  [/^\w+\.\[\]\.(?:[\w.[\]]+\.)?columns\.\[\]$/, column],
  [/^\w+\.\[\](?:\.[\w.[\]]+)?\.config$/, config],
];

const projectKeys = keys(`
name scalar: the project's name
version scalar: the project's own version
config-version scalar: version of this file's format [2]
profile scalar: the profile that it connects with
require-dbt-version scalar: which versions of dbt may run it
model-paths list: folders of models
analysis-paths list: folders of analyses
test-paths list: folders of tests
seed-paths list: folders of seeds
macro-paths list: folders of macros
snapshot-paths list: folders of snapshots
docs-paths list: folders of documentation
asset-paths list: folders of pictures
packages-install-path scalar: where packages go
clean-targets list: what dbt clean removes
vars mapping: variables
models mapping: how models are built
seeds mapping: how seeds are built
snapshots mapping: how snapshots are built
sources mapping: settings of sources
data_tests mapping: settings of tests
exposures mapping: settings of exposures
on-run-start list: SQL to run before everything
on-run-end list: SQL to run after everything
dispatch list: where dispatched macros are looked for
query-comment mapping: the comment on every statement
quoting mapping: what is quoted
flags mapping: flags of the command line`);
const packageKeys = keys(`
package scalar: its name on the hub
version scalar: which version
git scalar: a repository
revision scalar: a branch, tag or commit
subdirectory scalar: where in the repository
local scalar: a folder`);

/** The keys that dbt reads at a place. `path` has numbers for positions in lists. Empty where anything goes. */
export function yamlKeysAt(file: string, path: readonly (string | number)[]): readonly YamlKey[] {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const way = path.map((part) => (typeof part === "number" ? "[]" : part)).join(".");
  if (/^dbt_project\.ya?ml$/.test(name)) {
    if (way === "") {
      return projectKeys;
    }
    return /^(?:models|seeds|snapshots|data_tests)\b/.test(way) && path.length > 1
      ? config.map((key) => ({ ...key, name: `+${key.name}` }))
      : [];
  }
  if (/^(?:packages|dependencies)\.ya?ml$/.test(name)) {
    return way === ""
      ? keys("packages list: packages to install\nprojects list: other projects")
      : way === "packages.[]"
        ? packageKeys
        : [];
  }
  if (/^(?:profiles|selectors)\.ya?ml$/.test(name)) {
    return [];
  }
  return places.find(([pattern]) => pattern.test(way))?.[1] ?? [];
}
