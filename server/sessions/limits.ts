/** Bounds of what one person and one organisation may keep running at a time, and of how long a session waits for work. */
export interface SessionLimits {
  readonly sessionsPerPerson: number;
  readonly sessionsPerOrganisation: number;
  readonly previewsPerPerson: number;
  /** Seconds without an edit, a compile or a preview after which a session's processes are let go. */
  readonly idleSeconds: number;
  /** Unsaved text that one session's memory keeps for a replacement, in characters. */
  readonly overlayCharacters: number;
  readonly sessionMemoryMb: number;
  readonly queryMemoryMb: number;
  readonly queryCpuSeconds: number;
}

export const defaultSessionLimits: SessionLimits = {
  sessionsPerPerson: 4,
  sessionsPerOrganisation: 100,
  previewsPerPerson: 4,
  idleSeconds: 30 * 60,
  overlayCharacters: 50_000_000,
  sessionMemoryMb: 2048,
  queryMemoryMb: 4096,
  queryCpuSeconds: 3600,
};

/** How long a request may take before the person is told, in milliseconds. */
export const requestTimeouts = {
  /** From hello to ready: a first parse of a very large project takes minutes. */
  ready: 15 * 60_000,
  overlay: 60_000,
  compile: 120_000,
  index: 60_000,
  lineage: 60_000,
  cancel: 5_000,
} as const;
