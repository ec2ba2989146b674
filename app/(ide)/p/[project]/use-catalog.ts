import { useEffect, useRef, useState } from "react";
import { CatalogStore } from "@/components/catalog";
import { readRows } from "@/components/results";
import type { ErrorBody } from "@/server/contract";

/** More relations than this are not listed; the policy's own limit may be smaller. */
const mostRelations = 200_000;

/** The names of the chosen environment's warehouse, read as previews are. */
export function useCatalog(workspaceId: string, environmentId: string | null): CatalogStore {
  const environment = useRef(environmentId);
  useEffect(() => {
    environment.current = environmentId;
  }, [environmentId]);
  const [catalog] = useState(
    () =>
      new CatalogStore((what, signal) => {
        const chosen = environment.current;
        if (chosen === null) return Promise.reject(noEnvironment);
        const place = { workspaceId, environmentId: chosen };
        return readRows({ ...place, path: null, text: null, sql: null, what, rows: mostRelations }, signal);
      }),
  );
  return catalog;
}

const noEnvironment: ErrorBody = {
  code: "INVALID_INPUT",
  message: "This project has no environment yet.",
  hint: "An administrator adds one in the admin console.",
  location: null,
  details: {},
  reference: null,
};
