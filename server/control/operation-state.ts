import type { OperationState, OperationStep, OperationView } from "./types";

export const ACTIVE_STATES = ["queued", "running", "waiting"] as const satisfies OperationState[];

export function isActive(state: OperationState): boolean {
  return ACTIVE_STATES.some((active) => active === state);
}

export function pendingStep(name: string): OperationStep {
  return {
    name,
    state: "pending",
    startedAt: null,
    finishedAt: null,
    doneBytes: null,
    totalBytes: null,
    note: null,
  };
}

export function runningStep(view: OperationView): OperationStep | null {
  return view.steps.find(({ state }) => state === "running") ?? null;
}

/** A step that was not announced, or comes a second time, gets a line of its own behind what has been done. */
export function startStep(view: OperationView, name: string, at: string): void {
  const current = runningStep(view);
  if (current) throw new Error(`Step "${name}" starts while "${current.name}" is not finished.`);
  const index = view.steps.findIndex((step) => step.name === name && step.state === "pending");
  const done = view.steps.findLastIndex(({ state }) => state !== "pending") + 1;
  for (const passed of view.steps.slice(done, Math.max(index, done))) passed.state = "skipped";
  const step = view.steps[index] ?? pendingStep(name);
  if (index < 0) view.steps.splice(done, 0, step);
  step.state = "running";
  step.startedAt = at;
}

export function finishStep(
  view: OperationView,
  end: { state: OperationStep["state"]; at: string; note?: string },
): void {
  const step = runningStep(view);
  if (!step) throw new Error("No step is running that could be finished.");
  step.state = end.state;
  step.finishedAt = end.at;
  if (end.note !== undefined) step.note = end.note;
}

/** Nothing stays open in an operation that is over. */
export function closeSteps(
  view: OperationView,
  end: { state: OperationStep["state"]; at: string; note?: string },
): void {
  if (runningStep(view)) finishStep(view, end);
  for (const step of view.steps) if (step.state === "pending") step.state = "skipped";
}
