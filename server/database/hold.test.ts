import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../clock";
import { createLog } from "../log";
import { Checkpointer } from "./checkpointer";
import { CommitLock } from "./commit-lock";
import { Hold } from "./hold";
import { headerOf } from "./live-fixture";
import { openInstance } from "./open-instance";
import { TroubleWatch } from "./trouble-watch";
import { WriterPause } from "./writer-pause";

/** A relay every few milliseconds: many in a short test. */
const quickClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 200, signal) };
const log = createLog("silent");

describe("the hold", () => {
  let folder: string;
  let path: string;
  let instance: DuckDBInstance;
  let connections: DuckDBConnection[];
  let failing: boolean;

  const connect = async () => {
    if (failing) throw new Error("no connection");
    const connection = await instance.connect();
    connections.push(connection);
    return connection;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nestegg-hold-"));
    path = join(folder, "hesocial.duckdb");
    connections = [];
    failing = false;
    instance = await openInstance(path, "v1.5.0");
    const writer = await connect();
    await writer.run("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
    await writer.run("CHECKPOINT");
  });
  afterEach(async () => {
    for (const connection of connections) connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  });

  async function checkpointer() {
    const deps = {
      trouble: new TroubleWatch({ databasePath: path, clock: systemClock }),
      walBytes: () => 0,
      walLimitBytes: 0,
      writers: new WriterPause(),
      commits: new CommitLock(),
      clock: systemClock,
      log,
    };
    return new Checkpointer({ ...deps, connection: await connect() });
  }

  it("makes the engine refuse every form of checkpoint through many relays, while writers go on", async () => {
    const writer = await connect();
    const other = await checkpointer();
    const header = await headerOf(path);
    const hold = await Hold.place({ connect, clock: quickClock, log });
    const until = Date.now() + 1_000;
    let refused = 0;
    while (Date.now() < until) {
      await writer.run("INSERT INTO t VALUES (1)");
      await writer.run("UPDATE t SET id = id + 1 WHERE id = 1");
      expect(await other.until({ waitMs: 0 })).toBeNull();
      for (const sql of ["FROM checkpoint()", "EXPLAIN ANALYZE CHECKPOINT"]) {
        await expect(writer.run(sql)).rejects.toThrow("Cannot CHECKPOINT");
      }
      refused += 1;
    }
    expect(refused).toBeGreaterThan(5);
    expect(connections.length).toBeGreaterThan(20);
    expect(await headerOf(path)).toBe(header);
    expect(hold.intact).toBe(true);
    await hold.release();
    expect(hold.intact).toBe(true);
    expect(await other.until({ waitMs: 0 })).not.toBeNull();
    expect(await headerOf(path)).not.toBe(header);
  });

  it("stays in force when it cannot be relayed", async () => {
    const other = await checkpointer();
    const hold = await Hold.place({ connect, clock: quickClock, log });
    failing = true;
    await systemClock.sleep(50);
    expect(hold.intact).toBe(true);
    expect(await other.until({ waitMs: 0 })).toBeNull();
    await hold.release();
    expect(hold.intact).toBe(true);
  });

  it("knows when it was lost", async () => {
    const hold = await Hold.place({ connect, clock: quickClock, log });
    failing = true;
    const blocker = connections.at(-1);
    await blocker?.run("ROLLBACK");
    await systemClock.sleep(50);
    await hold.release();
    expect(hold.intact).toBe(false);
  });
});
