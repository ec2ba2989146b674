/** Markdown with dbt's docs blocks as they will be seen: each block's name as a line of its own, other Jinja as code. */
export function docsAsHeadings(text: string): string {
  return text
    .replace(
      /^[ \t]*\{%-?\s*docs\s+([\w.]+)\s*-?%\}[ \t]*$/gm,
      (_match, name: string) => `\n---\n\n**docs \`${name}\`**\n`,
    )
    .replace(/^[ \t]*\{%-?\s*enddocs\s*-?%\}[ \t]*$/gm, "")
    .replace(/^[ \t]*\{#[\s\S]*?#\}[ \t]*$/gm, "");
}
