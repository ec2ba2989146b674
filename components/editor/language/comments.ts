import type { languageOf } from "./language-of";

/**
 * Lines with or without their comment marks, as one press of a key changes them. In SQL a line with Jinja becomes a Jinja comment,
 * because dbt renders what stands after `--`; the others get `--`. Blank lines stay as they are.
 */
export function toggledLineComments(lines: readonly string[], language: ReturnType<typeof languageOf>): string[] {
  const filled = lines.filter((line) => line.trim() !== "");
  if (filled.length > 0 && filled.every((line) => isCommented(line, language))) {
    return lines.map(uncommented(language));
  }
  const indent = Math.min(...filled.map((line) => line.search(/\S/)));
  return lines.map((line) => {
    if (line.trim() === "" || (language === "dbt-sql" && isCommented(line, language))) {
      return line;
    }
    const rest = line.slice(indent);
    const before = line.slice(0, indent);
    if (language === "dbt-sql") {
      return /\{[{%]/.test(rest) && !rest.includes("#}") ? `${before}{# ${rest} #}` : `${before}-- ${rest}`;
    }
    if (language === "dbt-markdown") {
      return `${before}<!-- ${rest} -->`;
    }
    return `${before}${language === "json" ? "//" : "#"} ${rest}`;
  });
}

function isCommented(line: string, language: ReturnType<typeof languageOf>): boolean {
  const content = line.trim();
  if (language === "dbt-sql") {
    return content.startsWith("--") || (content.startsWith("{#") && content.endsWith("#}"));
  }
  if (language === "dbt-markdown") {
    return content.startsWith("<!--") && content.endsWith("-->");
  }
  return content.startsWith(language === "json" ? "//" : "#");
}

function uncommented(language: ReturnType<typeof languageOf>): (line: string) => string {
  return (line) => {
    if (language === "dbt-sql" && /^\s*\{#/.test(line)) {
      return line.replace(/\{#\s?/, "").replace(/\s?#\}(\s*)$/, "$1");
    }
    if (language === "dbt-markdown") {
      return line.replace(/<!--\s?/, "").replace(/\s?-->(\s*)$/, "$1");
    }
    return line.replace(language === "dbt-sql" ? /--\s?/ : language === "json" ? /\/\/\s?/ : /#\s?/, "");
  };
}
