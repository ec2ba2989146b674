import type { RunnerEndpoint } from "./endpoint";
import type { RunnerState } from "./runner-status";

export interface PlacementRequest {
  /** People of one project share its parsed manifest, so they are put together while there is room. */
  readonly projectId: string;
  /** The Python environment that the session needs. */
  readonly engine: string;
  /** Runners that have just failed or refused. */
  readonly avoid: ReadonlySet<string>;
}

/** Decides where a new session runs. */
export interface RunnerPlacement {
  /** @throws LIMIT_REACHED when every runner is full, WORKER_LOST when there is none */
  place(request: PlacementRequest): Promise<RunnerEndpoint>;
  /** How the runners are. @throws what kept it from asking */
  state(): Promise<RunnerState>;
  close(): Promise<void>;
}
