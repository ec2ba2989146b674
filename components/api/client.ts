"use client";
import { QueryClient } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink, httpLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import type { AppRouter } from "@/server/api/root";
import { toErrorBody } from "./errors";

const url = "/api/trpc";

/** Calls that must not wait for the slowest of a batch: they follow typing. */
function isUrgent(path: string): boolean {
  return path === "dbt.compile" || path === "dbt.overlay" || path.startsWith("preview.");
}

/** The connection to the server: batched queries and mutations, server-sent events for subscriptions. */
export function makeClient() {
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: httpSubscriptionLink({ url }),
        false: splitLink({
          condition: (operation) => isUrgent(operation.path),
          true: httpLink({ url }),
          false: httpBatchLink({ url, maxURLLength: 4000 }),
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
