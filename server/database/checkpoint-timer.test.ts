import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { type LiveFixture, openFixture } from "./live-fixture";
import { stillClock } from "./still-clock";

describe("the checkpoints of our own", () => {
  let live: LiveFixture;
  afterEach(() => live.end());

  it("come when the WAL is over its limit, and not before", async () => {
    live = await openFixture({ clock: stillClock(), walLimitBytes: 20_000 });
    const { database } = live;
    await database.run("CREATE TABLE t (text VARCHAR)");
    await (await database.takeSnapshot({ waitMs: 1_000 })).release();
    const first = database.pulse().lastCheckpointAt;
    await database.run("INSERT INTO t VALUES (repeat('x', 1000))");
    await database.tick();
    expect(database.pulse().lastCheckpointAt).toEqual(first);
    await database.run("INSERT INTO t VALUES (repeat('x', 30000))");
    await systemClock.sleep(5);
    await database.tick();
    expect(database.pulse().lastCheckpointAt).not.toEqual(first);
    expect(database.pulse().walBytes).toBe(0);
  });

  it("come two seconds after DDL, and are tried again when a transaction stands in the way", async () => {
    let now = Date.now();
    live = await openFixture({ clock: { ...stillClock(), now: () => new Date(now) } });
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT 1 AS id");
    now += 1_900;
    await database.tick();
    expect(database.pulse().lastCheckpointAt).toBeNull();
    now += 100;
    await database.transaction(async (sql) => {
      await sql("UPDATE t SET id = 2");
      await database.tick();
      expect(database.pulse().lastCheckpointAt).toBeNull();
    });
    await database.tick();
    expect(database.pulse()).toMatchObject({ lastCheckpointAt: new Date(now), walBytes: 0 });
  });

  it("do not happen behind a closed gate", async () => {
    live = await openFixture({ clock: stillClock(), walLimitBytes: 0 });
    const { database } = live;
    await database.run("CREATE TABLE t (id INTEGER)");
    await database.closeGate({ drainMs: 0, reason: "restore" });
    await database.tick();
    expect(database.pulse().lastCheckpointAt).toBeNull();
  });
});
