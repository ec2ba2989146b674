import { expect, test } from "vitest";
import { docsAsHeadings } from "./docs-blocks";

test("a docs block's name stands above its text, whether the block has lines of its own or not", () => {
  const text = "{% docs order_status %}\n| a | b |\n{% enddocs %}\n{# hidden #}\nrest `{% docs x %}`\n";
  expect(docsAsHeadings(text)).toBe("\n---\n\n**docs** `order_status`\n\n\n| a | b |\n\n\n\nrest `{% docs x %}`\n");
  expect(docsAsHeadings("{% docs __a__ %}Text.{% enddocs %}\n")).toBe("\n---\n\n**docs** `__a__`\n\nText.\n\n");
});
