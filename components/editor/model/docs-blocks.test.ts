import { expect, test } from "vitest";
import { docsAsHeadings } from "./docs-blocks";

test("a docs block's name stands above its text", () => {
  const text = "{% docs order_status %}\n| a | b |\n{% enddocs %}\n{# hidden #}\nrest `{% docs x %}`\n";
  expect(docsAsHeadings(text)).toBe("\n---\n\n**docs `order_status`**\n\n| a | b |\n\n\nrest `{% docs x %}`\n");
});
