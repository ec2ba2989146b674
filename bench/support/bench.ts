import { AppError } from "@/server/core/app-error";
import type { BenchOptions } from "./options";
import type { Runner } from "./runner";

/** What every benchmark is given. */
export interface Bench {
  readonly options: BenchOptions;
  /** Empty, and removed afterwards. */
  readonly folder: string;
  readonly runner: Runner;
}

/** Why the bench closes its sessions. */
export const ended = new AppError("CANCELLED", "The bench is over.");
