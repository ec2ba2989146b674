import { text } from "node:stream/consumers";
import { closeDatabase } from "./client";
import { seed } from "./seed";

/** Entry of build/seed.mjs: a `SeedDocument` as JSON on standard input; the ids of what was written on standard output. */
const seeded = await seed(JSON.parse(await text(process.stdin)));
console.log(JSON.stringify(seeded));
await closeDatabase();
