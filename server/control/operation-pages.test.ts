import { expect, test } from "vitest";
import type { Control } from "./open-control";
import { readPage, saveStatements } from "./operation-rows";
import { ada, openTestControl, openTestDatabase } from "./testing/test-control";
import type { NewOperation, OperationKind, Operations, OperationView } from "./types";

const input: NewOperation = { kind: "backup", title: "Backup, manual", caller: ada, steps: ["Upload"] };

async function finished(control: Control, kind: OperationKind, backupId: string | null = null): Promise<string> {
  const { id } = await control.operations.open({ ...input, kind, backupId });
  await control.operations.run(id, async () => ({ summary: "Done." }));
  return id;
}

async function allPages(operations: Operations, filter: Omit<Parameters<Operations["list"]>[0], "cursor">) {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await operations.list({ ...filter, cursor });
    pages.push(page.operations.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

test("pages follow each other newest first, without a gap when new ones begin in between", async () => {
  const { control } = await openTestControl();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await finished(control, "backup"));
  const first = await control.operations.list({ limit: 2 });
  await finished(control, "backup");
  const second = await control.operations.list({ limit: 2, cursor: first.nextCursor ?? "" });
  const third = await control.operations.list({ limit: 2, cursor: second.nextCursor ?? "" });
  expect([first, second, third].map(({ operations }) => operations.map(({ id }) => id))).toEqual([
    [ids[4], ids[3]],
    [ids[2], ids[1]],
    [ids[0]],
  ]);
  expect(third.nextCursor).toBeNull();
});

test("a page that is exactly full is the last one", async () => {
  const { control } = await openTestControl();
  for (let n = 0; n < 4; n++) await finished(control, "backup");
  expect((await allPages(control.operations, { limit: 2 })).map((page) => page.length)).toEqual([2, 2]);
});

test("filters by kinds, states and backup hold together", async () => {
  const { control } = await openTestControl();
  const a = await finished(control, "backup", "one");
  const b = await finished(control, "verify", "one");
  const c = await finished(control, "verify", "two");
  const waiting = (await control.operations.open({ ...input, kind: "verify", backupId: "one" })).id;
  const ids = async (filter: Omit<Parameters<Operations["list"]>[0], "limit">) =>
    (await control.operations.list({ limit: 10, ...filter })).operations.map(({ id }) => id);
  expect(await ids({ kinds: ["verify"] })).toEqual([waiting, c, b]);
  expect(await ids({ states: ["ok"] })).toEqual([c, b, a]);
  expect(await ids({ states: ["queued", "running"] })).toEqual([waiting]);
  expect(await ids({ backupId: "one", kinds: ["verify", "backup"], states: ["ok"] })).toEqual([b, a]);
  expect(await ids({ kinds: [], states: [] })).toHaveLength(4);
});

test("a running one shows its live bytes in the list", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(input);
  await control.operations.run(id, async (operation) => {
    await operation.step("Upload");
    operation.progress(7, 10);
    const { operations } = await control.operations.list({ limit: 1 });
    expect(operations[0]?.steps[0]).toMatchObject({ state: "running", doneBytes: 7, totalBytes: 10 });
    return { summary: "" };
  });
});

test("a cursor of another list is refused", async () => {
  const { control } = await openTestControl();
  await expect(control.operations.list({ limit: 5, cursor: "1' OR 1=1" })).rejects.toMatchObject({
    code: "invalid_input",
  });
});

test("5,000 operations are paged by index, and quickly", async () => {
  const { database } = await openTestDatabase();
  const view: OperationView = {
    id: "op_00000000000000000ffff",
    kind: "backup",
    title: "Backup, manual",
    state: "ok",
    backupId: "hesocial-manual-0.duckdb",
    actor: { kind: "user", id: "usr_ada", name: "Ada" },
    createdAt: "2024-12-30T15:30:00.000Z",
    startedAt: null,
    finishedAt: null,
    summary: "Stored, 142MB, 3 of 18 parts sent.",
    error: null,
    steps: ["Checkpoint", "Upload", "Verify"].map((name) => ({
      name,
      state: "ok",
      startedAt: null,
      finishedAt: null,
      doneBytes: 142_000_000,
      totalBytes: 142_000_000,
      note: null,
    })),
    detail: { sentBytes: 24_000_000 },
    noReturn: false,
    revision: 9,
  };
  await database.batch(saveStatements(database.db, view, []));
  await database.client.execute(`INSERT INTO operations
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
    SELECT printf('op_%021x', i), CASE WHEN i % 50 = 0 THEN 'verify' ELSE kind END, title,
      CASE WHEN i % 10 = 0 THEN 'failed' ELSE state END, 'hesocial-manual-' || i || '.duckdb', actor, created_at,
      started_at, finished_at, summary, error, steps, detail, revision, no_return FROM operations, n`);

  // Processor time: other tests on the same cores must not decide this one.
  const started = process.cpuUsage();
  let cursor: string | undefined;
  let seen = 0;
  for (let page = 0; page < 100; page++) {
    const rows = await readPage(database, { limit: 50, cursor });
    seen += rows.length;
    cursor = rows.at(-1)?.id;
  }
  expect(seen).toBe(5_000);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1_000).toBeLessThan(3_000);
  expect(await readPage(database, { limit: 50, states: ["failed"], kinds: ["verify"] })).toHaveLength(50);
  expect(await readPage(database, { limit: 50, backupId: "hesocial-manual-77.duckdb" })).toHaveLength(1);

  const plan = async (where: string) => {
    const { rows } = await database.client.execute(
      `EXPLAIN QUERY PLAN SELECT * FROM operations WHERE ${where} ORDER BY id DESC LIMIT 50`,
    );
    return rows.map((row) => String(row.detail)).join("; ");
  };
  expect(await plan("id < 'op_1'")).toMatch(/^SEARCH operations USING INDEX [^;]*\(id<\?\)$/);
  expect(await plan("backup_id = 'x' AND id < 'op_1'")).toMatch(/operations_by_backup/);
});
