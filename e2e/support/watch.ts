import { type BrowserContext, expect } from "@playwright/test";

/** The browser reports each refused request as an error; tests that provoke refusals check the answers themselves. */
const expected = /Failed to load resource/;

/**
 * Notes what a browser complains about: exceptions, errors on the console, violations of the content security policy. Where the
 * test takes the server away (`serverStops`), what cannot be fetched meanwhile is no complaint.
 */
export function watch(context: BrowserContext, { serverStops = false } = {}): { expectNothing: () => void } {
  const complaints: string[] = [];
  context.on("weberror", (error) => {
    if (!serverStops) complaints.push(`exception: ${error.error().stack ?? error.error().message}`);
  });
  context.on("console", (message) => {
    const text = message.text();
    if (/Content Security Policy/i.test(text) || (message.type() === "error" && !serverStops && !expected.test(text)))
      complaints.push(text);
  });
  return { expectNothing: () => expect(complaints, "what the browser complained about").toEqual([]) };
}
