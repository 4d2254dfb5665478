import { tracked } from "@trpc/server";
import { z } from "zod";
import { AppError } from "../errors";
import { cancelOperation } from "./cancel-operation";
import { createContext } from "./context";
import { eventsInput, operationInput, operationListInput, operationLogInput } from "./input";
import { logLineSchema, operationListSchema, operationSchema } from "./output";
import { requireRight } from "./rights";
import { guarded, router, toTrpcError } from "./trpc";

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
    try {
      if (input?.lastEventId) {
        for (const list of LISTS) yield tracked(`${run}/again-${list}`, { type: "list" as const, list });
      }
      for await (const { sequence, ...event } of ctx.nestegg.events(end)) {
        // A stream outlives its sign-in: who was disabled hears nothing more.
        requireRight((await createContext(ctx)).caller, path);
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
