/** Markdown with dbt's docs blocks as they will be seen: each block's name above its text; comments are left out. */
export function docsAsHeadings(text: string): string {
  return text
    .replace(
      /^[ \t]*\{%-?\s*docs\s+([^\s%]+)\s*-?%\}[ \t]*/gm,
      (_match, name: string) => `\n---\n\n**docs** \`${name}\`\n\n`,
    )
    .replace(/\{%-?\s*enddocs\s*-?%\}[ \t]*$/gm, "\n")
    .replace(/^[ \t]*\{#[\s\S]*?#\}[ \t]*$/gm, "");
}
