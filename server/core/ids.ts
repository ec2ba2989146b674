const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text can be the id of a row; PostgreSQL refuses a query that compares an id with anything else. */
export function isId(text: string): boolean {
  return uuid.test(text);
}
