import { defaultShouldDehydrateQuery, QueryClient } from "@tanstack/react-query";
import superjson from "superjson";

/** What the server has just rendered is not asked for again while the page wakes up; events keep it fresh after that. */
const STALE_AFTER_MS = 30_000;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_AFTER_MS,
        // A refusal does not change by asking again; what passes (no connection, 503) is worth two more tries.
        retry: (failures, error) => failures < 2 && isPassing(error),
      },
      dehydrate: {
        serializeData: superjson.serialize,
        shouldDehydrateQuery: (query) => defaultShouldDehydrateQuery(query) || query.state.status === "pending",
      },
      hydrate: { deserializeData: superjson.deserialize },
    },
  });
}

function isPassing(error: unknown): boolean {
  const data = error instanceof Error && "data" in error ? error.data : null;
  const status = data && typeof data === "object" && "httpStatus" in data ? data.httpStatus : null;
  return typeof status !== "number" || status === 503;
}
