import { tracked } from "@trpc/server";
import { z } from "zod";
import { AppError } from "../errors";
import { cancelOperation } from "./cancel-operation";
import { createContext } from "./context";
import { eventsInput, operationInput, operationListInput, operationLogInput } from "./input";
import { logLineSchema, operationListSchema, operationSchema } from "./output";
import { requireRight } from "./rights";
import { guarded, router, toTrpcError } from "./trpc";

/** A stream outlives its sign-in: who listens is looked up again when something is to be told and this has passed. */
const IDENTITY_MAX_AGE_MS = 2_000;
const LISTS = ["backups", "tokens", "status"] as const;

export const operationsRouter = router({
  list: guarded
    .input(operationListInput)
    .output(operationListSchema)
    .query(({ ctx, input }) => ctx.nestegg.operations.list(input)),

  get: guarded
    .input(operationInput)
    .output(operationSchema)
    .query(({ ctx, input }) => ctx.nestegg.operations.get(input.id)),

  log: guarded
    .input(operationLogInput)
    .output(z.array(logLineSchema))
    .query(({ ctx, input }) => ctx.nestegg.operations.log(input.id, input.afterSequence)),

  cancel: guarded
    .input(operationInput)
    .output(operationSchema)
    .mutation(({ ctx, input }) => cancelOperation(ctx, input.id)),

  /** Whole state of what runs first, then every change. A listener that comes back is told to read all lists again. */
  events: guarded.input(eventsInput).subscription(async function* ({ ctx, input, signal, path }) {
    const end = signal ?? new AbortController().signal;
    const run = ctx.nestegg.facts.startedAt;
    let identifiedAt = performance.now();
    try {
      if (input?.lastEventId) {
        for (const list of LISTS) yield tracked(`${run}/again-${list}`, { type: "list" as const, list });
      }
      for await (const { sequence, ...event } of ctx.nestegg.events(end)) {
        if (performance.now() - identifiedAt > IDENTITY_MAX_AGE_MS) {
          requireRight((await createContext(ctx)).caller, path);
          identifiedAt = performance.now();
        }
        yield tracked(`${run}/${sequence}`, event);
      }
    } catch (error) {
      if (end.aborted) return;
      throw toTrpcError(error, path, ctx.report);
    }
    if (!end.aborted) throw toTrpcError(streamOver(), path, ctx.report);
  }),
});

/** Ending with an error makes the browser come back; a quiet end would leave the page deaf. */
function streamOver(): AppError {
  return new AppError("stopping", "The stream of events ended because the server is stopping.", {
    hint: "The page reconnects by itself.",
  });
}
