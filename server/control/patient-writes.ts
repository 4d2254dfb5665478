import type { Clock } from "../clock";
import { hasCode } from "../errors";
import type { Log } from "../log";
import { type ControlDatabase, engineCode, runBatch, type Statement } from "./control-database";

/** Since when the control database takes no writes, and how many wait in memory for it. */
export interface WriteFault {
  since: string;
  message: string;
  waiting: number;
}

export interface Write {
  statements: Statement[];
  /** Called once they are in the file. */
  saved?: () => void;
}

/**
 * For what a running backup writes on its way: a control database that cannot be written must not stop it. A write that
 * fails stays in memory under its key, is tried again with the next one and every few seconds, and the fault is shown.
 */
export interface PatientWrites {
  /** `build` is asked when the turn comes, so that one write carries all changes up to then. Never rejects; true once saved. */
  save(key: string, build: () => Write): Promise<boolean>;
  fault(): WriteFault | null;
  /** One last try for what waits. */
  close(): Promise<void>;
}

interface Entry {
  build: () => Write;
  /** Set while it waits for its turn. */
  turn: Promise<boolean> | null;
}

const RETRY_PAUSE_MS = 5_000;
/** A mistake of ours, not of the disk: the same statement would fail for ever. */
const HOPELESS_CODES = new Set([
  "SQLITE_CONSTRAINT",
  "SQLITE_ERROR",
  "SQLITE_MISMATCH",
  "SQLITE_RANGE",
  "SQLITE_TOOBIG",
  "CLIENT_CLOSED",
]);

export function createPatientWrites(deps: {
  database: ControlDatabase;
  clock: Clock;
  log: Log;
  faultChanged: () => void;
}): PatientWrites {
  const { database, clock, log } = deps;
  const entries = new Map<string, Entry>();
  const closing = new AbortController();
  let fault: { since: string; message: string } | null = null;
  let retrying = false;

  function save(key: string, build: () => Write): Promise<boolean> {
    const entry: Entry = entries.get(key) ?? { build, turn: null };
    entry.build = build;
    entries.set(key, entry);
    entry.turn ??= database
      .write(async (db) => {
        entry.turn = null;
        const { statements, saved } = entry.build();
        await runBatch(db, statements);
        saved?.();
      })
      .then(
        () => succeed(key, entry),
        (error: unknown) => fail(key, entry, error),
      );
    return entry.turn;
  }

  function succeed(key: string, entry: Entry): boolean {
    if (!entry.turn) entries.delete(key);
    if (fault && entries.size === 0) {
      log.info({ since: fault.since }, "the control database takes writes again; nothing was lost");
      fault = null;
      deps.faultChanged();
    } else if (fault) {
      tryAgain();
    }
    return true;
  }

  function fail(key: string, entry: Entry, error: unknown): boolean {
    if (isHopeless(error, database)) {
      log.error({ err: error, key }, "a record could not be written to the control database and is dropped");
      if (!entry.turn) entries.delete(key);
      return false;
    }
    if (!fault) {
      const message = error instanceof Error ? error.message : String(error);
      fault = { since: clock.now().toISOString(), message };
      log.error({ err: error }, "the control database cannot be written; records wait in memory, work goes on");
      deps.faultChanged();
    }
    void retryLater();
    return false;
  }

  function tryAgain(): void {
    for (const [key, entry] of entries) if (!entry.turn) void save(key, entry.build);
  }

  async function retryLater(): Promise<void> {
    if (retrying) return;
    retrying = true;
    await clock.sleep(RETRY_PAUSE_MS, closing.signal);
    retrying = false;
    if (!closing.signal.aborted) tryAgain();
  }

  return {
    save,
    fault: () => fault && { ...fault, waiting: entries.size },
    async close() {
      closing.abort();
      const last = [...entries].map(([key, entry]) => save(key, entry.build));
      const lost = (await Promise.all(last)).filter((saved) => !saved).length;
      if (lost > 0)
        log.error({ records: lost }, "records that waited for the control database are lost with this stop");
    },
  };
}

function isHopeless(error: unknown, { path }: ControlDatabase): boolean {
  if (hasCode(error, "disk_full")) return false;
  // A server that cannot be reached is a TypeError of fetch; on a file it can only be a value that SQLite cannot hold.
  if (path !== null && (error instanceof TypeError || error instanceof RangeError)) return true;
  return HOPELESS_CODES.has(engineCode(error) ?? "");
}
