import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { establishLineage } from "../backups/lineage";
import { exists } from "../database/durable-files";
import { openLiveDatabase } from "../database/live-database";
import { type OpenNote, openDatabase } from "../database/open-database";
import { journalPath } from "../database/swap";
import type { DatabaseFault, LiveDatabase } from "../database/types";
import type { Parts } from "./parts";
import { decideMissing } from "./restore-missing";

interface OpenHow {
  cleanStop: boolean;
  /** An admin has said so, or a restore is at work: no questions about a file that is missing. */
  createAnyway: boolean;
  /** A last look at what a swap brought in; throws to have it undone. */
  accept?(database: LiveDatabase): Promise<void>;
}

export interface Opening {
  /** Null: the database is open, and `parts.state.database` is it. */
  fault: DatabaseFault | null;
  notes: OpenNote[];
}

/** Opens (or creates) the database. A journal means that a swap was cut off in between: it decides before anything else. */
export async function openOrExplain(parts: Parts, how: OpenHow): Promise<Opening> {
  const { settings, state, clock, log, control, backups } = parts;
  const { databasePath } = settings;
  await mkdir(dirname(databasePath), { recursive: true });
  let existed = await exists(databasePath);
  if (!existed && !(await exists(journalPath(databasePath))) && !how.createAnyway) {
    const fault = await decideMissing(parts);
    if (fault) return { fault, notes: [] };
    existed = await exists(databasePath);
  }
  const opened = await openDatabase({
    path: databasePath,
    name: settings.databaseName,
    storageVersion: settings.databaseStorageVersion,
    walLimitBytes: settings.walLimitBytes,
    clock,
    log,
    cleanStop: how.cleanStop,
    createWhenMissing: true,
    runRescue: async (input) => {
      const job = { kind: "rescue" as const, input };
      return (await backups.runJob(job, { signal: parts.stopping.signal, lowPriority: false })).report;
    },
    accept: how.accept,
    open: (options) => openLiveDatabase({ ...options, concurrentStatements: settings.concurrentStatements }),
  });
  if (!opened.ok) return { fault: opened.fault, notes: [] };
  state.database = opened.database;
  state.fault = null;
  state.lineage = await establishLineage(control.memory, databasePath, {
    clock,
    log,
    renew: !existed || opened.fileReplaced,
  });
  return { fault: null, notes: opened.notes };
}
