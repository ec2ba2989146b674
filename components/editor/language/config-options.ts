/** A setting of a model that `config(...)` takes, in our own words; the names are dbt's. */
export interface ConfigOption {
  readonly name: string;
  readonly about: string;
  /** What it may be set to, where that is a short list. */
  readonly values: readonly string[];
}

export const configOptions: readonly ConfigOption[] = [
  option("access", "Which other models may refer to this one.", "private protected public"),
  option("alias", "The name of the relation in the warehouse, when it is not the model's."),
  option("cluster_by", "Columns by which the warehouse orders the table's storage."),
  option("contract", "Whether the columns and types are checked against the YAML: {'enforced': true}."),
  option("database", "The database (or catalog, or project) that the relation is built in."),
  option("enabled", "Whether dbt builds this at all.", "true false"),
  option("event_time", "The column that says when a row happened; microbatch and sampling need it."),
  option("full_refresh", "Whether --full-refresh rebuilds this model.", "true false"),
  option("grants", "Who may use the relation: {'select': ['role']}."),
  option("group", "The group that owns this model."),
  option("incremental_predicates", "Conditions that limit which rows of the existing table are looked at."),
  option(
    "incremental_strategy",
    "How new rows get into the existing table.",
    "append delete+insert insert_overwrite merge microbatch",
  ),
  option("indexes", "Indexes to make on the table (PostgreSQL)."),
  option("materialized", "What is built in the warehouse.", "view table incremental ephemeral materialized_view"),
  option("meta", "Anything you want to note, as a mapping."),
  option(
    "on_schema_change",
    "What an incremental model does when its columns change.",
    "ignore append_new_columns sync_all_columns fail",
  ),
  option("partition_by", "How the warehouse divides the table."),
  option("persist_docs", "Whether descriptions are written to the warehouse: {'relation': true, 'columns': true}."),
  option("post_hook", "SQL to run after the model is built."),
  option("pre_hook", "SQL to run before the model is built."),
  option("schema", "The custom part of the schema's name."),
  option("sql_header", "SQL that stands before the statement that builds the model."),
  option("tags", "Words to select models by."),
  option("transient", "Whether Snowflake keeps no history of the table for long.", "true false"),
  option("unique_key", "The columns that tell one row from another, for incremental models and snapshots."),
];

function option(name: string, about: string, values = ""): ConfigOption {
  return { name, about, values: values === "" ? [] : values.split(" ") };
}
