import type { Clock } from "../clock";
import type { Log } from "../log";
import type { HeldOperation } from "./held-operation";
import { finishStep, isActive, runningStep, startStep } from "./operation-state";
import type { RunningOperation } from "./types";

/** What the work sees of its operation. What it says after its end is a straggler and changes nothing. */
export function createRunningOperation(
  held: HeldOperation,
  { clock, log }: { clock: Clock; log: Log },
): RunningOperation {
  const now = () => clock.now().toISOString();
  const change: HeldOperation["change"] = async (edit) => {
    if (isActive(held.view.state)) await held.change(edit);
  };
  return {
    id: held.view.id,
    signal: held.controller.signal,
    step: (name) => change((view) => startStep(view, name, now())),
    stepDone: (state = "ok", note) => change((view) => finishStep(view, { state, at: now(), note })),
    progress(doneBytes, totalBytes) {
      if (!isActive(held.view.state) || !runningStep(held.view)) return;
      held.pass((view) => {
        const step = runningStep(view);
        if (step) Object.assign(step, { doneBytes, totalBytes });
      });
    },
    async log(level, text) {
      if (!isActive(held.view.state)) return;
      const step = runningStep(held.view)?.name ?? null;
      log[level]({ step }, text);
      await held.addLine({ at: now(), level, step, text });
    },
    waiting: (summary) =>
      change((view) => {
        view.state = summary === null ? "running" : "waiting";
        view.summary = summary;
      }),
    setBackupId: (id) =>
      change((view) => {
        view.backupId = id;
      }),
    async pastReturn() {
      // No await between the last look and the flag: a cancel in between would be answered and then ignored.
      held.controller.signal.throwIfAborted();
      await change((view) => {
        view.noReturn = true;
      });
    },
    detail: (facts) =>
      change((view) => {
        view.detail = { ...view.detail, ...facts };
      }),
  };
}
