import { Client } from "pg";
import type { World } from "./world";

/** Asks the app database directly: for states that no page can make, like an expired sign-in. */
export async function sql<Row extends Record<string, unknown>>(
  world: World,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(text, values);
    return rows;
  } finally {
    await client.end();
  }
}
