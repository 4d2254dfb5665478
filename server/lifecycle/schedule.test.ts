import { afterEach, expect, test } from "vitest";
import { ADMIN, type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";

const HOUR_MS = 3_600_000;
const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(options: Parameters<typeof startRuntime>[0] = {}): Promise<RuntimeFixture> {
  const server = await startRuntime(options);
  undo.push(server.remove);
  return server;
}

/** Moves the clock and waits until the chores have seen it and what they began is over. */
async function pass(server: RuntimeFixture, ms: number): Promise<void> {
  server.clock.move(ms);
  await expect.poll(async () => (await backups(server)).length, { timeout: 10_000 }).toBeGreaterThan(0);
  await server.settled();
}

async function backups({ nestegg }: RuntimeFixture) {
  const { operations } = await nestegg.operations.list({ limit: 10, kinds: ["backup"] });
  return operations;
}

test("six hours after the first start a backup is taken by itself, and the next one is told; unchanged data is skipped when the schedule says so", async () => {
  const server = await start();
  await server.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  const { operate } = server.nestegg;
  const planned = await operate.schedule.get();
  expect(planned).toMatchObject({ source: "default", lastRun: null, overdueSince: null, intervalSeconds: 21_600 });
  expect(Date.parse(planned.nextRunAt ?? "") - server.clock.now().getTime()).toBeGreaterThan(5.9 * HOUR_MS);
  expect((await server.nestegg.status()).next).toMatchObject({
    state: "planned",
    at: planned.nextRunAt,
    text: "every 6 hours, and at every stop",
  });

  await pass(server, 6 * HOUR_MS + 1000);
  const [run] = await backups(server);
  expect(run).toMatchObject({ title: "Backup, scheduled", state: "ok", actor: { kind: "system", name: "schedule" } });
  expect(run?.backupId).toMatch(/^hesocial-scheduled-/);
  const after = await operate.schedule.get();
  expect(after.lastRun).toMatchObject({ state: "ok", operationId: run?.id });
  expect(after.nextRunAt).toBe(planned.next[1]);

  await operate.schedule.save(ADMIN, { ...after.settings, preset: "hourly", onlyIfChanged: true });
  server.clock.move(HOUR_MS + 1000);
  await expect.poll(async () => (await backups(server)).length, { timeout: 10_000 }).toBe(2);
  await server.settled();
  const [skipped] = await backups(server);
  expect(skipped).toMatchObject({ state: "ok", backupId: null, detail: { unchangedSince: run?.backupId } });
  expect((await operate.schedule.get()).source).toBe("dashboard");
  const audited = await server.nestegg.audit.list({ limit: 20 });
  expect(JSON.stringify(audited)).toContain("schedule.save");
  await server.stop();
});

test("BACKUP_ENABLED=false runs nothing by itself, and a paused schedule says until when and why", async () => {
  const server = await start({ environment: { BACKUP_ENABLED: "false", BACKUP_SCHEDULE: "hourly" } });
  server.clock.move(5 * HOUR_MS);
  const { operate } = server.nestegg;
  expect(await operate.schedule.get()).toMatchObject({
    backupEnabled: false,
    next: [],
    nextRunAt: null,
    source: "environment",
  });
  await operate.schedule.pause(ADMIN, {
    reason: "moving",
    until: new Date(server.clock.now().getTime() + HOUR_MS).toISOString(),
  });
  expect((await operate.schedule.get()).pause).toMatchObject({ reason: "moving", by: "admin@example.com" });
  await operate.schedule.resume(ADMIN);
  expect((await operate.schedule.get()).pause).toBeNull();
  expect(await backups(server)).toEqual([]);
  await server.stop();
});
