import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import type { Nestegg } from "../nestegg";
import { createContext } from "./context";
import { type Report, retryAfter, toAppError } from "./failure";
import { appRouter } from "./root";

const ENDPOINT = "/api/trpc";
/** Above anything that a page sends at once; stops a list of calls meant to keep the server busy. */
const BATCH_MAX_CALLS = 50;

/** The runtime is asked for inside, so that its absence is an answer in tRPC's form too. */
export function answerTrpc(nestegg: () => Nestegg, request: Request, report?: Report): Promise<Response> {
  return fetchRequestHandler({
    endpoint: ENDPOINT,
    req: request,
    router: appRouter,
    maxBatchSize: BATCH_MAX_CALLS,
    createContext: async ({ resHeaders: answerHeaders }) =>
      createContext({ nestegg: nestegg(), headers: request.headers, answerHeaders, report }),
    responseMeta({ errors }) {
      const headers = new Headers({ "cache-control": "no-store" });
      const known = errors.map(toAppError).filter((error) => error !== null);
      const wait = Math.max(0, ...known.map((error) => retryAfter(error) ?? 0));
      if (wait > 0) headers.set("retry-after", String(wait));
      return { headers };
    },
  });
}
