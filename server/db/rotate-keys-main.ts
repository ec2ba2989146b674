import { closeDatabase } from "./client";
import { rotateKeys } from "./rotate-keys";

/** Entry of build/rotate-keys.mjs: after MILLRACE_KEY was changed and the old key put into MILLRACE_KEY_PREVIOUS. */
const { rotated, current } = await rotateKeys();
console.log(`${rotated} secrets were wrapped with the new key, ${current} already were.`);
await closeDatabase();
