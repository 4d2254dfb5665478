import type { RunningOperation } from "../control/types";
import type { Cli } from "./cli";
import { progressBar } from "./progress-bar";

const REDRAW_MS = 100;

/** As much of a running operation as the verbs use that need no control database. */
export type TerminalRun = Pick<
  RunningOperation,
  "id" | "signal" | "step" | "stepDone" | "progress" | "log" | "waiting"
>;

/** Steps and progress, shown on the terminal where there is one; what goes wrong on the way is said in any case. */
export function createTerminalRun({
  terminal,
  clock,
  signal,
}: Pick<Cli, "terminal" | "clock" | "signal">): TerminalRun {
  let step = "";
  let begunAt = 0;
  let drawnAt = 0;
  return {
    id: `command-line-${clock.randomHex(4)}`,
    signal,
    async step(name) {
      step = name;
      begunAt = clock.now().getTime();
      drawnAt = 0;
      terminal.draw(`${name} …`);
    },
    async stepDone(state = "ok", note) {
      if (terminal.moving) terminal.say(`${step}: ${state === "ok" ? "done" : "left out"}${note ? `, ${note}` : ""}`);
    },
    progress(doneBytes, totalBytes) {
      const now = clock.now().getTime();
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      terminal.draw(progressBar({ step, doneBytes, totalBytes, elapsedMs: now - begunAt }, terminal.columns));
    },
    async log(level, text) {
      if (level !== "info") terminal.say(text);
    },
    async waiting(summary) {
      terminal.draw(summary === null ? `${step} …` : summary.slice(0, terminal.columns - 1));
    },
  };
}
