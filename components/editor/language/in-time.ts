/** How long an answer waits for what would make it better (texts of models, the history of previews), in milliseconds. */
const patience = 150;

/** Waits for `work`, but no longer than `patience`. */
export async function inTime(work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([work, waited]);
  clearTimeout(timer);
}
