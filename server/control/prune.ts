import { and, asc, desc, gt, inArray, lt, notInArray } from "drizzle-orm";
import type { Clock } from "../clock";
import type { ControlDatabase } from "./control-database";
import { operationIdFloor } from "./operation-id";
import { ACTIVE_STATES } from "./operation-state";
import { audit, operationLog, operations } from "./schema";

const DAY_MS = 24 * 3_600_000;
/** More than a year, so that this month can be compared with the same one of last year. */
export const OPERATIONS_KEPT_MS = 400 * DAY_MS;
/** A server that does little keeps what it did, however old. */
export const OPERATIONS_ALWAYS_KEPT = 1_000;
export const AUDIT_KEPT_MS = 730 * DAY_MS;
/** One write of a few milliseconds: nobody who records something meanwhile waits for long. */
const BATCH_ROWS = 200;
/** What a first run after years leaves, the next day's takes. */
const MAX_BATCHES = 100;

export interface Pruned {
  operations: number;
  audit: number;
}

interface PruneInput {
  /** Backups that are listed: what is known of them stays as long as they do. */
  listed: ReadonlySet<string>;
  signal: AbortSignal;
}

/** Removes what is old, a few rows at a time. May be cut off after any batch. */
export async function pruneRecords(
  deps: { database: ControlDatabase; clock: Clock },
  { listed, signal }: PruneInput,
): Promise<Pruned> {
  return {
    operations: await pruneOperations(deps, listed, signal),
    audit: await pruneAudit(deps, signal),
  };
}

async function pruneOperations(
  { database, clock }: { database: ControlDatabase; clock: Clock },
  listed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<number> {
  const below = await oldestKept(database, clock);
  if (below === null) return 0;
  let after = "";
  let removed = 0;
  for (let batch = 0; batch < MAX_BATCHES && !signal.aborted; batch += 1) {
    const found = await database.read((db) =>
      db
        .select({ id: operations.id, backupId: operations.backupId })
        .from(operations)
        .where(
          and(gt(operations.id, after), lt(operations.id, below), notInArray(operations.state, [...ACTIVE_STATES])),
        )
        .orderBy(asc(operations.id))
        .limit(BATCH_ROWS),
    );
    const ids = found.filter(({ backupId }) => backupId === null || !listed.has(backupId)).map(({ id }) => id);
    if (ids.length > 0) {
      const { db } = database;
      await database.batch([
        db.delete(operationLog).where(inArray(operationLog.operationId, ids)),
        db.delete(operations).where(inArray(operations.id, ids)),
      ]);
      removed += ids.length;
    }
    const last = found.at(-1);
    if (!last || found.length < BATCH_ROWS) break;
    after = last.id;
  }
  return removed;
}

/** Ids sort as operations began, so both rules are one bound; null: there are not enough to remove any. */
async function oldestKept(database: ControlDatabase, clock: Clock): Promise<string | null> {
  const floor = operationIdFloor(new Date(clock.now().getTime() - OPERATIONS_KEPT_MS));
  const [last] = await database.read((db) =>
    db
      .select({ id: operations.id })
      .from(operations)
      .orderBy(desc(operations.id))
      .limit(1)
      .offset(OPERATIONS_ALWAYS_KEPT - 1),
  );
  if (!last) return null;
  const [below = floor] = [last.id, floor].sort();
  return below;
}

async function pruneAudit(
  { database, clock }: { database: ControlDatabase; clock: Clock },
  signal: AbortSignal,
): Promise<number> {
  const oldest = new Date(clock.now().getTime() - AUDIT_KEPT_MS).toISOString();
  let removed = 0;
  for (let batch = 0; batch < MAX_BATCHES && !signal.aborted; batch += 1) {
    const found = await database.read((db) =>
      db.select({ id: audit.id }).from(audit).where(lt(audit.at, oldest)).orderBy(asc(audit.id)).limit(BATCH_ROWS),
    );
    if (found.length > 0) {
      const ids = found.map(({ id }) => id);
      await database.batch([database.db.delete(audit).where(inArray(audit.id, ids))]);
      removed += ids.length;
    }
    if (found.length < BATCH_ROWS) break;
  }
  return removed;
}
