import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { Log } from "../log";
import type { Checkpointer, PassedCheckpoint } from "./checkpointer";
import type { Gate } from "./gate";
import { Hold } from "./hold";
import type { Snapshot, SnapshotOptions } from "./types";

/** Before that, being blocked is the ordinary case and nobody needs to hear of it. */
const WAITING_AFTER_MS = 1_000;

interface SnapshotsDeps {
  connect(): Promise<DuckDBConnection>;
  checkpointer: Checkpointer;
  gate: Gate;
  walBytes(): number;
  clock: Clock;
  log: Log;
}

/** Takes one snapshot at a time; the next waits until the one before is released. */
export class Snapshots {
  readonly #deps: SnapshotsDeps;
  #last: Promise<void> = Promise.resolve();
  #held: Snapshot | null = null;
  #taking = false;

  constructor(deps: SnapshotsDeps) {
    this.#deps = deps;
  }

  /** True from the first try of a snapshot's own checkpoint until its release: nobody else may checkpoint. */
  get busy(): boolean {
    return this.#taking || this.#held !== null;
  }

  async take(options: SnapshotOptions): Promise<Snapshot> {
    let free = () => {};
    const released = new Promise<void>((resolve) => {
      free = resolve;
    });
    const before = this.#last;
    this.#last = before.then(() => released);
    try {
      await untilAborted(before, options.signal);
      this.#taking = true;
      const snapshot = await this.#takeNow(options, free);
      this.#held = snapshot;
      return snapshot;
    } catch (error) {
      free();
      throw error;
    } finally {
      this.#taking = false;
    }
  }

  async releaseHeld(): Promise<void> {
    await this.#held?.release();
  }

  async #takeNow(options: SnapshotOptions, free: () => void): Promise<Snapshot> {
    const { checkpointer, gate, walBytes } = this.#deps;
    const openings = gate.openings;
    const { checkpoint, hold } = await this.#checkpointAndHold(options);
    let broken = false;
    const held = () => !broken && (hold?.intact ?? gate.openings === openings);
    let releasing: Promise<void> | null = null;
    const release = async () => {
      await hold?.release();
      broken = !held();
      this.#held = null;
      free();
    };
    return {
      takenAt: checkpoint.at,
      checkpointMs: checkpoint.writersWaitedMs,
      walBytes,
      ddlSince: () => checkpointer.definitionAt,
      held,
      release: () => {
        releasing ??= release();
        return releasing;
      },
    };
  }

  /** The hold is placed before another checkpoint can begin: one that was under way would still change the file. */
  async #checkpointAndHold(options: SnapshotOptions): Promise<{ checkpoint: PassedCheckpoint; hold: Hold | null }> {
    const { checkpointer, clock } = this.#deps;
    const { signal, waitMs, onWaiting, gateClosed } = options;
    const startedAt = clock.now();
    let told = false;
    const placed: { hold: Hold | null } = { hold: null };
    const checkpoint = await checkpointer.until({
      waitMs,
      signal,
      onBlocked: (waitedMs) => {
        if (told || waitedMs < WAITING_AFTER_MS) return;
        told = true;
        onWaiting?.(startedAt);
      },
      afterwards: async () => {
        if (!gateClosed) placed.hold = await Hold.place(this.#deps);
      },
    });
    if (checkpoint) return { checkpoint, hold: placed.hold };
    if (signal?.aborted) throw cancelled();
    throw blocked(clock.now().getTime() - startedAt.getTime());
  }
}

async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  const settled = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true, signal: settled.signal });
  });
  await Promise.race([work, aborted]);
  settled.abort();
  if (signal.aborted) throw cancelled();
}

function cancelled(): AppError {
  return new AppError("cancelled", "The snapshot was cancelled before it was taken; the database is as it was.");
}

function blocked(waitedMs: number): AppError {
  const seconds = Math.round(waitedMs / 1000);
  return new AppError(
    "checkpoint_blocked",
    `No snapshot could be taken: for ${seconds} s some transaction stood in the way of the checkpoint. The data is safe, but not backed up.`,
    { hint: `End the transaction that has been open for at least ${seconds} s, then try again.`, retryAfterSeconds: 5 },
  );
}
