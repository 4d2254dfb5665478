import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { copyOf, headerOf, type LiveFixture, openFixture } from "./live-fixture";
import { stillClock } from "./still-clock";
import { ACCOUNTS, inspectCopies, START_BALANCE, startWriters } from "./testing/snapshot-writers";

const execute = promisify(execFile);
const SNAPSHOTS = 20;

describe("a snapshot", () => {
  let live: LiveFixture;
  let scratch: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), "nestegg-copies-"));
  });
  afterEach(async () => {
    await live.end();
    await rm(scratch, { recursive: true, force: true });
  });

  it("is one instant of a database that is being written to, twenty times", async () => {
    live = await openFixture({ walLimitBytes: 256 * 1024 });
    const { database } = live;
    const writers = await startWriters(database);
    const copies: { path: string; acknowledged: number }[] = [];
    const problems: string[] = [];
    while (copies.length < SNAPSHOTS) {
      const acknowledged = writers.counter();
      const snapshot = await database.takeSnapshot({ waitMs: 20_000 });
      const header = await headerOf(live.path);
      const path = await copyOf(live.path, join(scratch, `${copies.length}.duckdb`));
      if (!(await headerOf(path)).startsWith(header)) problems.push(`${copies.length}: header changed`);
      await snapshot.release();
      if (!snapshot.held()) problems.push(`${copies.length}: hold lost`);
      copies.push({ path, acknowledged });
    }
    const done = await writers.stop();
    let before = 0;
    for (const [index, found] of (await inspectCopies(copies.map(({ path }) => path))).entries()) {
      const acknowledged = copies[index]?.acknowledged ?? 0;
      if (found.sum !== ACCOUNTS * START_BALANCE) problems.push(`${index}: sum ${found.sum}`);
      if (found.counter < acknowledged) problems.push(`${index}: counter ${found.counter}, committed ${acknowledged}`);
      if (found.counter < before) problems.push(`${index}: counter went back`);
      if (found.torn > 0) problems.push(`${index}: ${found.torn} torn batches`);
      before = found.counter;
    }
    expect(problems).toEqual([]);
    expect(done.failures).toEqual([]);
    expect(done.transfers).toBeGreaterThan(0);
    expect(done.batches).toBeGreaterThan(0);
    expect(done.definitions).toBeGreaterThan(0);
  }, 120_000);

  it("keeps every checkpoint away while it is held, from every door", async () => {
    live = await openFixture({ walLimitBytes: 1 });
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
    const snapshot = await database.takeSnapshot({ waitMs: 1_000 });
    const header = await headerOf(live.path);
    expect(snapshot.walBytes()).toBe(0);
    expect(snapshot.ddlSince()).toBeNull();
    await database.run("INSERT INTO t VALUES (1)");
    expect(snapshot.ddlSince()).toBeNull();
    await database.run("CREATE TABLE u (id INTEGER)");
    await database.run("ALTER TABLE u ADD COLUMN at2 TIMESTAMP DEFAULT now()");
    await database.run("DROP TABLE t");
    expect(snapshot.ddlSince()).toBeInstanceOf(Date);
    expect(snapshot.walBytes()).toBeGreaterThan(0);
    for (const sql of ["CHECKPOINT", "FROM checkpoint()", "EXPLAIN ANALYZE CHECKPOINT"]) {
      await expect(live.write(sql)).rejects.toMatchObject({ code: "sql_refused" });
    }
    await database.tick();
    // Long enough for the hold to be relayed, and for the timer to find the WAL over its limit.
    await systemClock.sleep(2_200);
    expect(await headerOf(live.path)).toBe(header);
    expect(database.pulse()).toMatchObject({ snapshotHeld: true });
    await snapshot.release();
    await snapshot.release();
    expect(snapshot.held()).toBe(true);
    expect(database.pulse().snapshotHeld).toBe(false);
    await database.tick();
    expect(await headerOf(live.path)).not.toBe(header);
    expect(database.pulse().walBytes).toBe(0);
    expect((await live.read("SHOW TABLES")).rows).toEqual([["u"]]);
  });

  it("says that a transaction stands in its way, and for how long", async () => {
    live = await openFixture({ clock: stillClock() });
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT range AS id FROM range(10)");
    const waits: Date[] = [];
    await database.transaction(async (sql) => {
      await sql("UPDATE t SET id = id + 1");
      const blocked = database.takeSnapshot({ waitMs: 1_300, onWaiting: (since) => waits.push(since) });
      await expect(blocked).rejects.toMatchObject({
        code: "checkpoint_blocked",
        hint: expect.stringContaining("at least 1 s"),
      });
      const gone = new AbortController();
      const cancelled = database.takeSnapshot({ waitMs: 60_000, signal: gone.signal });
      setTimeout(() => gone.abort(), 30);
      await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    });
    expect(waits).toHaveLength(1);
    const snapshot = await database.takeSnapshot({ waitMs: 1_000 });
    await snapshot.release();
  });

  it("reports the longest that a writer could wait: a pause for writers and the checkpoint", async () => {
    live = await openFixture({ clock: stillClock() });
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT range AS id FROM range(10)");
    // The first pause lasts from 250 to 500 ms after the start: a transaction that ends within it, and one that outlives it.
    const waits: number[] = [];
    for (const busyMs of [0, 450, 650]) {
      let busy: Promise<void> = Promise.resolve();
      await new Promise<void>((begun) => {
        busy = database.transaction(async (sql) => {
          await sql("UPDATE t SET id = id + 1");
          begun();
          await systemClock.sleep(busyMs);
        });
      });
      if (busyMs === 0) await busy;
      const snapshot = await database.takeSnapshot({ waitMs: 5_000 });
      waits.push(snapshot.checkpointMs);
      await snapshot.release();
      await busy;
    }
    const [free = 0, within = 0, outlived = 0] = waits;
    expect(free).toBeLessThan(within);
    expect(within).toBeGreaterThanOrEqual(50);
    expect(within).toBeLessThan(1_000);
    expect(outlived).toBeGreaterThanOrEqual(250);
    expect(outlived).toBeLessThan(1_000);
  });

  it("waits for the one before it, also when that one failed", async () => {
    live = await openFixture({ clock: stillClock() });
    const { database } = live;
    const order: string[] = [];
    const first = await database.takeSnapshot({ waitMs: 1_000 });
    const second = database.takeSnapshot({ waitMs: 1_000 }).then((snapshot) => {
      order.push("second");
      return snapshot;
    });
    const given = new AbortController();
    const third = database.takeSnapshot({ waitMs: 1_000, signal: given.signal }).catch((error) => error.code);
    const fourth = database.takeSnapshot({ waitMs: 1_000 });
    await systemClock.sleep(50);
    given.abort();
    expect(await third).toBe("cancelled");
    order.push("first released");
    await first.release();
    await (await second).release();
    await (await fourth).release();
    expect(order).toEqual(["first released", "second"]);
  });

  it("with the gate closed needs no hold, and closing afterwards changes no byte", async () => {
    live = await openFixture();
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
    await database.closeGate({ drainMs: 1_000, reason: "stopping" });
    const snapshot = await database.takeSnapshot({ waitMs: 1_000, gateClosed: true });
    const before = await checksum(live.path);
    expect(database.pulse()).toMatchObject({ gate: "closed", snapshotHeld: true, walBytes: 0 });
    expect(snapshot.held()).toBe(true);
    await snapshot.release();
    await database.close();
    expect(await checksum(live.path)).toBe(before);
  });

  it("without a hold is worth nothing once the gate was opened", async () => {
    live = await openFixture({ clock: stillClock() });
    const { database } = live;
    await database.closeGate({ drainMs: 0, reason: "restore" });
    const snapshot = await database.takeSnapshot({ waitMs: 1_000, gateClosed: true });
    expect(snapshot.held()).toBe(true);
    database.openGate();
    expect(snapshot.held()).toBe(false);
    await snapshot.release();
    expect(snapshot.held()).toBe(false);
  });
});

async function checksum(path: string): Promise<string> {
  const { stdout } = await execute("cksum", [path]);
  return stdout.split(" ").slice(0, 2).join(" ");
}
