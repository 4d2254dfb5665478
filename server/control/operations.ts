import { AppError } from "../errors";
import { type Log, logAsOperation } from "../log";
import type { Audit } from "./audit";
import { createOperationFinder } from "./find-operations";
import { type HeldOperation, type HoldDeps, holdOperation } from "./held-operation";
import { describeFailure } from "./operation-failure";
import { createOperationIds } from "./operation-id";
import { readNewestId, readUnfinished } from "./operation-rows";
import { closeSteps, isActive, pendingStep } from "./operation-state";
import { createRunningOperation } from "./running-operation";
import type { Caller, NewOperation, OperationOutcome, Operations, OperationView } from "./types";

/** How often an operation of another process is looked at. */
const FOREIGN_POLL_MS = 1_000;

export async function createOperations(deps: HoldDeps & { log: Log; audit: Audit }): Promise<Operations> {
  const { database, events, clock } = deps;
  const held = new Map<string, HeldOperation>();
  const nextId = createOperationIds(clock, await readNewestId(database));
  const finder = createOperationFinder(database, held);
  const now = () => clock.now().toISOString();

  const hold = (view: OperationView): HeldOperation => {
    const operation = holdOperation(deps, view, () => held.delete(view.id));
    held.set(view.id, operation);
    return operation;
  };

  async function succeed(operation: HeldOperation, outcome: OperationOutcome): Promise<OperationView> {
    return operation.finish((view) => {
      closeSteps(view, { state: "ok", at: now() });
      view.state = outcome.state ?? "ok";
      view.summary = outcome.summary;
      view.detail = { ...view.detail, ...outcome.detail };
      view.finishedAt = now();
    });
  }

  async function fail(operation: HeldOperation, error: unknown): Promise<OperationView> {
    const { id, kind, noReturn } = operation.view;
    const failure = describeFailure(deps, { id, kind, error, noReturn, signal: operation.controller.signal });
    const cancelled = failure.state === "cancelled";
    const step = operation.view.steps.find(({ state }) => state === "running")?.name ?? null;
    const level = cancelled ? "warn" : "error";
    const end = cancelled ? ({ state: "skipped", note: "cancelled here" } as const) : ({ state: "failed" } as const);
    // Begun together, so that one write carries the line and the end.
    const [, final] = await Promise.all([
      operation.addLine({ at: now(), level, step, text: failure.error.message }),
      operation.finish((view) => {
        closeSteps(view, { ...end, at: now() });
        view.state = failure.state;
        view.error = failure.error;
        view.summary = failure.error.message;
        view.finishedAt = now();
      }),
    ]);
    return final;
  }

  async function start(operation: HeldOperation, work: Parameters<Operations["run"]>[1]): Promise<OperationView> {
    try {
      operation.controller.signal.throwIfAborted();
      await operation.change((view) => {
        view.state = "running";
        view.startedAt = now();
      });
      deps.log.info({ kind: operation.view.kind, by: operation.view.actor.name }, `${operation.view.title}: begins`);
      return await succeed(operation, await work(createRunningOperation(operation, deps)));
    } catch (error) {
      return fail(operation, error);
    }
  }

  return {
    async open(input) {
      const operation = hold(newView(input, nextId(), now()));
      await operation.change(() => undefined);
      return operation.copy();
    },

    async run(id, work, signal) {
      const operation = held.get(id);
      if (!operation) return finder.get(id);
      if (operation.started || !isActive(operation.view.state)) return operation.done;
      operation.started = true;
      const stop = () => operation.controller.abort(signal?.reason);
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop, { once: true });
      try {
        return await logAsOperation(id, async () => {
          const final = await start(operation, work);
          deps.log.info(endOf(final), `${final.title}: ${final.state}`);
          return final;
        });
      } finally {
        signal?.removeEventListener("abort", stop);
      }
    },

    get: finder.get,
    list: finder.list,
    log: finder.log,

    async cancel(caller, id) {
      const operation = held.get(id);
      const view = operation ? operation.copy() : await finder.get(id);
      if (!isActive(view.state)) throw new AppError("conflict", "This operation is over, there is nothing to cancel.");
      if (!operation) {
        throw new AppError("conflict", "This operation runs in another process and cannot be cancelled here.", {
          hint: "Cancel it in the dashboard of the server that runs it, or press Ctrl-C where the command runs.",
        });
      }
      if (operation.controller.signal.aborted) return view;
      if (view.noReturn) throw pastReturn();
      operation.controller.abort(cancelledBy(caller));
      await deps.audit.record({
        caller,
        action: "operation.cancel",
        target: id,
        detail: { kind: view.kind, state: view.state },
      });
      if (!operation.started) return fail(operation, operation.controller.signal.reason);
      if (isActive(operation.view.state)) {
        await operation.change((running) => {
          running.summary = `Stopping. ${cancelledBy(caller).message}`;
        });
      }
      return operation.copy();
    },

    async wait(id, signal) {
      const operation = held.get(id);
      if (operation) return unlessAborted(operation.done, signal);
      for (;;) {
        const view = await finder.get(id);
        if (!isActive(view.state)) return view;
        if (signal?.aborted) throw stoppedWaiting();
        await clock.sleep(FOREIGN_POLL_MS, signal);
      }
    },

    async interruptUnfinished(sentenceFor) {
      const rows = (await readUnfinished(database)).filter(({ id }) => !held.has(id));
      return Promise.all(
        rows.map((row) =>
          hold(row).finish((view) => {
            closeSteps(view, { state: "failed", at: now(), note: "interrupted here" });
            view.state = "interrupted";
            view.summary = sentenceFor(row);
            view.finishedAt = now();
          }),
        ),
      );
    },

    active: finder.active,
    events: (signal) => events.listen(signal, finder.active()),
    announce: (list) => events.publish({ type: "list", list }),
  };
}

function newView(input: NewOperation, id: string, createdAt: string): OperationView {
  const { kind, id: actorId, name } = input.caller.actor;
  return {
    id,
    kind: input.kind,
    title: input.title,
    state: "queued",
    backupId: input.backupId ?? null,
    actor: { kind, id: actorId, name },
    createdAt,
    startedAt: null,
    finishedAt: null,
    summary: null,
    error: null,
    steps: input.steps.map(pendingStep),
    detail: { ...input.detail },
    noReturn: false,
    revision: 0,
  };
}

function endOf({ kind, state, startedAt, finishedAt, backupId, error }: OperationView): Record<string, unknown> {
  const durationMs = Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? finishedAt ?? "");
  return { kind, state, durationMs, ...(backupId && { backupId }), ...(error && { code: error.code }) };
}

function pastReturn(): AppError {
  return new AppError("conflict", "This run is past the point of no return; it finishes in a moment.", {
    hint: "Wait for its end. A restore can be undone afterwards.",
  });
}

function cancelledBy(caller: Caller): AppError {
  return new AppError("cancelled", `Cancelled by ${caller.actor.name}.`);
}

function stoppedWaiting(): AppError {
  return new AppError("cancelled", "Waiting was given up; the operation itself goes on.", {
    hint: "Its row in Activity shows how it ends.",
  });
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(stoppedWaiting());
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
