/** Runs once when a web process starts, before it serves. (Migrations are run by the scripts, before any process starts.) */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { startWebProcess } = await import("./server/api/web-process");
  await startWebProcess();
}
