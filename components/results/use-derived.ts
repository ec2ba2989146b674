import { useEffect, useRef, useState } from "react";
import type { ResultSnapshot } from "./result-store";

export interface Derived<Value> {
  /** The last value that was computed; it stays while the next one is on its way. */
  value: Value | null;
  error: string | null;
  busy: boolean;
}

/**
 * A step that grows with the rows: while a result streams, what is computed from it is computed again when there is half as much
 * more, and once more at the end. So the worker's time for it stays in proportion, however many rows come.
 */
export function growthStep(snapshot: Pick<ResultSnapshot, "rows" | "status">): string {
  if (snapshot.status !== "running") return `${snapshot.status} ${snapshot.rows}`;
  return snapshot.rows === 0 ? "none" : `step ${Math.floor(Math.log(snapshot.rows) / Math.log(1.5))}`;
}

/** Asks the worker for something that is computed from the rows, again whenever `key` changes. */
export function useDerived<Value>(key: string | null, compute: () => Promise<Value>): Derived<Value> {
  const [state, setState] = useState<Derived<Value>>({ value: null, error: null, busy: key !== null });
  const computing = useRef(compute);
  useEffect(() => {
    computing.current = compute;
  });
  useEffect(() => {
    if (key === null) {
      setState({ value: null, error: null, busy: false });
      return;
    }
    let current = true;
    setState((old) => ({ ...old, busy: true }));
    computing.current().then(
      (value) => current && setState({ value, error: null, busy: false }),
      (error: unknown) =>
        current &&
        setState({ value: null, error: error instanceof Error ? error.message : String(error), busy: false }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  return state;
}
