import { count } from "drizzle-orm";
import { expect, test } from "vitest";
import { createAudit } from "./audit";
import type { ControlDatabase } from "./control-database";
import { createOperationIds } from "./operation-id";
import { AUDIT_KEPT_MS, OPERATIONS_ALWAYS_KEPT, OPERATIONS_KEPT_MS, pruneRecords } from "./prune";
import { audit, operationLog, operations } from "./schema";
import { openTestDatabase } from "./testing/test-control";

const DAY_MS = 24 * 3_600_000;
const never = new AbortController().signal;
const rowsOf = async (database: ControlDatabase, table: typeof operations | typeof operationLog | typeof audit) =>
  (await database.read((db) => db.select({ rows: count() }).from(table)))[0]?.rows;

/** `ages` in days, oldest first. */
async function fill(opened: Awaited<ReturnType<typeof openTestDatabase>>, rows: { age: number; backupId?: string }[]) {
  const { database, clock } = opened;
  const now = clock.now().getTime();
  const actor = { kind: "system" as const, id: "system", name: "test" };
  let newest: string | null = null;
  const views = rows.map(({ age, backupId = null }) => {
    const at = new Date(now - age * DAY_MS);
    const id = createOperationIds({ ...clock, now: () => at }, newest)();
    newest = id;
    const createdAt = at.toISOString();
    return {
      ...{ id, kind: "backup" as const, title: "Backup", state: "ok" as const, backupId, actor, createdAt },
      ...{ startedAt: createdAt, finishedAt: createdAt, summary: null, error: null, steps: [], detail: {} },
      ...{ revision: 1, noReturn: false },
    };
  });
  for (let start = 0; start < views.length; start += 500) {
    const some = views.slice(start, start + 500);
    const lines = some.map(({ id, createdAt }) => ({
      ...{ operationId: id, sequence: 1, at: createdAt, level: "info" as const, step: null, text: "line" },
    }));
    const { db } = database;
    await database.batch([db.insert(operations).values(some), db.insert(operationLog).values(lines)]);
  }
  return views.map(({ id }) => id);
}

test("runs older than 400 days go with their log, but never those of a listed backup nor the newest 1,000", async () => {
  const opened = await openTestDatabase();
  const { database } = opened;
  const kept = OPERATIONS_KEPT_MS / DAY_MS;
  const old = Array.from({ length: 900 }, (_, index) => ({
    age: kept + 900 - index,
    ...(index % 3 === 0 ? { backupId: index % 2 === 0 ? "listed.duckdb" : "gone.duckdb" } : {}),
  }));
  const young = Array.from({ length: OPERATIONS_ALWAYS_KEPT }, (_, index) => ({
    age: (kept - 1) * (1 - index / 1000),
  }));
  await fill(opened, [...old, ...young]);
  const listed = new Set(["listed.duckdb"]);
  const pruned = await pruneRecords(opened, { listed, signal: never });
  expect(pruned).toEqual({ operations: 750, audit: 0 });
  expect(await rowsOf(database, operations)).toBe(OPERATIONS_ALWAYS_KEPT + 150);
  expect(await rowsOf(database, operationLog)).toBe(OPERATIONS_ALWAYS_KEPT + 150);
  expect(await pruneRecords(opened, { listed, signal: never })).toEqual({ operations: 0, audit: 0 });

  const quiet = await openTestDatabase();
  await fill(
    quiet,
    Array.from({ length: 1_005 }, (_, index) => ({ age: 5_000 - index })),
  );
  expect(await pruneRecords(quiet, { listed: new Set(), signal: never })).toEqual({ operations: 5, audit: 0 });
});

test("the audit keeps two years, and a stop ends the work between two batches", async () => {
  const opened = await openTestDatabase();
  const { database, clock } = opened;
  const writes = { save: async () => true, fault: () => null, close: async () => undefined };
  const caller = { actor: { kind: "system" as const, id: "system" as const, name: "test" }, address: null };
  const now = clock.now().getTime();
  const at = (ageMs: number) =>
    createAudit({ database, writes, clock: { ...clock, now: () => new Date(now - ageMs) } });
  const old = at(AUDIT_KEPT_MS + DAY_MS);
  await database.batch(
    Array.from({ length: 450 }, (_, row) => old.statement({ caller, action: "old", target: String(row) })),
  );
  await database.batch([at(AUDIT_KEPT_MS - DAY_MS).statement({ caller, action: "young", target: null })]);
  const stopped = AbortSignal.abort();
  expect(await pruneRecords(opened, { listed: new Set(), signal: stopped })).toEqual({ operations: 0, audit: 0 });
  expect(await pruneRecords(opened, { listed: new Set(), signal: never })).toEqual({ operations: 0, audit: 450 });
  expect(await rowsOf(database, audit)).toBe(1);
});
