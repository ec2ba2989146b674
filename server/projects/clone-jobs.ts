import { processSingleton } from "../core";

/** A clone that runs now: several tabs may watch it; it is cancelled when the last one leaves. */
export interface CloneJob {
  readonly projectId: string;
  readonly abort: AbortController;
  readonly watchers: Set<(phase: string, loaded: number, total: number | null) => void>;
  /** Settles when the clone has ended and everything it did not finish is cleaned. */
  readonly finished: Promise<{ problem: string | null }>;
}

/** By workspace id. */
export const cloneJobs = (): Map<string, CloneJob> => processSingleton("clone-jobs", () => new Map());

/** Cancels every clone of a project and waits until they are gone. */
export async function cancelClones(projectId: string): Promise<void> {
  const jobs = [...cloneJobs().values()].filter((job) => job.projectId === projectId);
  for (const job of jobs) job.abort.abort();
  await Promise.allSettled(jobs.map((job) => job.finished));
}
