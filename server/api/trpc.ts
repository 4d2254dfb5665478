import { initTRPC, type TRPC_ERROR_CODE_KEY, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { AppError, ERROR_STATUS } from "../errors";
import type { ApiContext } from "./context";
import { type Failure, reportToLog, toAppError, toFailure } from "./failure";
import { requireOwnOrigin } from "./origin";
import { requireRight } from "./rights";

/** Proxies drop silent connections after 30 to 60 s; two missed pings tell the page that the server is gone. */
const PING_INTERVAL_MS = 15_000;
const RECONNECT_AFTER_SILENCE_MS = 35_000;

const STATUS_NAME: Record<number, TRPC_ERROR_CODE_KEY> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  413: "PAYLOAD_TOO_LARGE",
  429: "TOO_MANY_REQUESTS",
  503: "SERVICE_UNAVAILABLE",
};

export interface AppErrorShape {
  code: Failure["code"];
  message: string;
  hint: string | null;
}

const t = initTRPC.context<ApiContext>().create({
  transformer: superjson,
  sse: {
    ping: { enabled: true, intervalMs: PING_INTERVAL_MS },
    client: { reconnectAfterInactivityMs: RECONNECT_AFTER_SILENCE_MS },
  },
  // Built anew rather than spread: tRPC's own shape carries the stack in development.
  errorFormatter({ shape, error, path, ctx }) {
    const failure = toFailure(error, path ?? "tRPC", ctx?.report ?? reportToLog);
    const appError: AppErrorShape = { code: failure.code, message: failure.message, hint: failure.hint };
    return {
      message: failure.message,
      code: shape.code,
      data: { code: shape.data.code, httpStatus: failure.status, path, appError },
    };
  },
});

/** Turns whatever was thrown into the TRPCError that carries its AppError; unforeseen ones are logged here, once. */
export function toTrpcError(error: unknown, where: string, report: ApiContext["report"]): TRPCError {
  const known = toAppError(error);
  const failure = toFailure(known ?? error, where, report);
  const cause =
    known ??
    new AppError(failure.code, failure.message, {
      hint: failure.hint ?? undefined,
      retryAfterSeconds: failure.retryAfterSeconds ?? undefined,
    });
  return new TRPCError({
    code: STATUS_NAME[ERROR_STATUS[cause.code]] ?? "INTERNAL_SERVER_ERROR",
    message: cause.message,
    cause,
  });
}

/** Outermost, so that faults of rights, input, verb and output all pass it. */
const errors = t.middleware(async ({ next, path, ctx }) => {
  const result = await next();
  if (!result.ok) throw toTrpcError(result.error, path, ctx.report);
  return result;
});

const rights = t.middleware(({ next, path, ctx, type }) => {
  requireRight(ctx.caller, path);
  if (type === "mutation") requireOwnOrigin(ctx);
  return next();
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** For every procedure: who may call it stands in rights.ts under its path, and nowhere else. */
export const procedure = t.procedure.use(errors).use(rights);

/** For procedures that some person or token must call: `ctx.caller` is there. */
export const guarded = procedure.use(({ next, ctx }) => {
  if (!ctx.caller)
    throw new AppError("unauthenticated", "Nobody is signed in with this request.", { hint: "Sign in." });
  return next({ ctx: { ...ctx, caller: ctx.caller } });
});
