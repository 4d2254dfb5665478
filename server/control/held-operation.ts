import type { Clock } from "../clock";
import type { ControlDatabase } from "./control-database";
import type { OperationEvents } from "./operation-events";
import { saveStatements } from "./operation-rows";
import { isActive } from "./operation-state";
import type { PatientWrites } from "./patient-writes";
import { createThrottle } from "./throttle";
import type { LogLine, OperationView } from "./types";

/** An operation in memory: from `open` until its final row is in the file. */
export interface HeldOperation {
  /** Nobody else's to change; leaves only as a copy. */
  readonly view: Readonly<OperationView>;
  readonly controller: AbortController;
  /** Resolves with the final view, after the attempt to save it. */
  readonly done: Promise<OperationView>;
  readonly unsavedLines: readonly LogLine[];
  /** Somebody runs it; nobody else may. */
  started: boolean;
  copy(): OperationView;
  /** Tells the listeners and saves the row; resolves after the attempt to save. */
  change(edit: (view: OperationView) => void): Promise<void>;
  /** Tells the listeners at most four times a second, saves nothing. */
  pass(edit: (view: OperationView) => void): void;
  addLine(line: Omit<LogLine, "sequence">): Promise<void>;
  /** The last change: listeners, row, `done`. */
  finish(edit: (view: OperationView) => void): Promise<OperationView>;
}

export interface HoldDeps {
  database: ControlDatabase;
  writes: PatientWrites;
  events: OperationEvents;
  clock: Clock;
}

const PROGRESS_INTERVAL_MS = 250;
/** A loop that logs without end must fill neither the disk nor, while that is full, the memory. */
const MAX_LINES = 2_000;
const MAX_LINE_CHARACTERS = 8_000;

/** `released`: the row is final and in the file. */
export function holdOperation(deps: HoldDeps, view: OperationView, released: () => void): HeldOperation {
  const { database, writes, events, clock } = deps;
  const controller = new AbortController();
  let lines: LogLine[] = [];
  let lastLine = 0;
  let settle: (view: OperationView) => void = () => undefined;
  const done = new Promise<OperationView>((resolve) => {
    settle = resolve;
  });

  const copy = () => structuredClone(view);
  const publish = (passing: boolean) => events.publish({ type: "operation", operation: copy() }, passing);
  const throttle = createThrottle(clock, PROGRESS_INTERVAL_MS, () => publish(true));

  const save = () =>
    writes.save(`operation:${view.id}`, () => {
      const saving = lines;
      const row = copy();
      return {
        statements: saveStatements(database.db, row, saving),
        saved() {
          lines = lines.filter((line) => !saving.includes(line));
          if (!isActive(row.state)) released();
        },
      };
    });

  function pass(edit: (view: OperationView) => void): void {
    edit(view);
    view.revision += 1;
    throttle.poke();
  }

  async function change(edit: (view: OperationView) => void): Promise<void> {
    edit(view);
    view.revision += 1;
    throttle.reset();
    publish(false);
    await save();
  }

  return {
    view,
    controller,
    done,
    started: false,
    get unsavedLines() {
      return lines;
    },
    copy,
    change,
    pass,
    async addLine(line) {
      if (lastLine === MAX_LINES) return;
      lastLine += 1;
      const text = lastLine === MAX_LINES ? "This log is full; what follows is not kept." : line.text;
      lines = [...lines, { ...line, sequence: lastLine, text: text.slice(0, MAX_LINE_CHARACTERS) }];
      pass(() => undefined);
      await save();
    },
    async finish(edit) {
      await change(edit);
      const final = copy();
      settle(final);
      return final;
    },
  };
}
