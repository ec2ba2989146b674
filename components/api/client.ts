"use client";
import { QueryClient } from "@tanstack/react-query";
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCLink,
} from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import type { AppRouter } from "@/server/api/root";
import { toErrorBody } from "./errors";

let page: string | null = null;

/** This load of the page, by which the server knows whose unsaved text is whose. */
export function pageId(): string {
  page ??= crypto.randomUUID();
  return page;
}

const url = "/api/trpc";

/** Calls that must not wait for the slowest of a batch: they follow typing, or a click on a file. */
const urgent = new Set(["dbt.compile", "dbt.overlay", "dbt.lint", "dbt.format", "files.read", "scratchpads.read"]);

function isUrgent(path: string): boolean {
  return urgent.has(path) || path.startsWith("preview.");
}

const signedOutListeners = new Set<(message: string) => void>();

/** Calls `listener` when the server answers that nobody is signed in any more; returns the way to stop. */
export function onSignedOut(listener: (message: string) => void): () => void {
  signedOutListeners.add(listener);
  return () => {
    signedOutListeners.delete(listener);
  };
}

/** Whatever call meets the end of the sign-in first tells the screen. */
const noticeSignedOut: TRPCLink<AppRouter> =
  () =>
  ({ next, op }) =>
    observable((observer) =>
      next(op).subscribe({
        next: (value) => observer.next(value),
        complete: () => observer.complete(),
        error(thrown) {
          const { code, message } = toErrorBody(thrown);
          if (code === "UNAUTHENTICATED") {
            for (const listener of signedOutListeners) {
              listener(message);
            }
          }
          observer.error(thrown);
        },
      }),
    );

/** The connection to the server: batched queries and mutations, server-sent events for subscriptions. */
export function makeClient() {
  return createTRPCClient<AppRouter>({
    links: [
      noticeSignedOut,
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: httpSubscriptionLink({ url }),
        false: splitLink({
          condition: (operation) => isUrgent(operation.path),
          true: httpLink({ url }),
          false: splitLink({
            condition: (operation) => operation.path === "search.find",
            true: httpBatchStreamLink({ url }),
            false: httpBatchLink({ url, maxURLLength: 4000 }),
          }),
        }),
      }),
    ],
  });
}

/** Refused and invalid requests are not tried again; a server that cannot be reached is, twice. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => toErrorBody(error).code === "WORKER_LOST" && count < 2,
        refetchOnWindowFocus: false,
      },
    },
  });
}

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();
export type ApiClient = ReturnType<typeof makeClient>;
