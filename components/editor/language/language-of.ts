/** The editor language of a file, by its name. */
export function languageOf(
  path: string,
): "dbt-sql" | "dbt-yaml" | "dbt-markdown" | "csv" | "python" | "json" | "plaintext" {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const extension = name.slice(name.lastIndexOf(".") + 1);
  switch (extension) {
    case "sql":
    case "jinja":
      return "dbt-sql";
    case "yml":
    case "yaml":
      return "dbt-yaml";
    case "md":
      return "dbt-markdown";
    case "csv":
    case "tsv":
      return "csv";
    case "py":
      return "python";
    case "json":
      return "json";
    default:
      return "plaintext";
  }
}
