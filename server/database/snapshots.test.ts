import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { openDescriptors } from "./descriptors";
import { copyOf, headerOf, type LiveFixture, openFixture, request } from "./live-fixture";
import { stillClock } from "./still-clock";

const execute = promisify(execFile);
const SNAPSHOTS = 20;
const ACCOUNTS = 100;
const START_BALANCE = 1_000;
/** More than one row group, which the engine writes into the main file before its COMMIT. */
const BULK_ROWS = 130_000;

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
    await database.run("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance BIGINT)");
    await database.run(`INSERT INTO accounts SELECT range, ${START_BALANCE} FROM range(${ACCOUNTS})`);
    await database.run("CREATE TABLE counter (n BIGINT)");
    await database.run("INSERT INTO counter VALUES (0)");
    await database.run("CREATE TABLE bulk (batch BIGINT, n BIGINT, text VARCHAR)");
    const writers = startWriters(live);
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
    for (const [index, found] of (await inspect(copies.map(({ path }) => path))).entries()) {
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

describe("closing", () => {
  it("lets go of the file although results were cut, statements failed and work was interrupted", async () => {
    const live = await openFixture({ clock: stillClock() });
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT range AS id, range::VARCHAR AS text FROM range(500000)");
    const cut = database.query(request({ statements: [{ sql: "FROM t" }], access: "read", rowLimit: 1 }));
    await cut;
    await database.query(request({ statements: [{ sql: "SELECT 1 // (id - 400000) FROM t" }], access: "read" }));
    await live.read("SELECT nope FROM t").catch(() => undefined);
    await live.read("SELECT error('x') FROM t").catch(() => undefined);
    await live.write("SELECT ?").catch(() => undefined);
    expect(await otherProcessOpens(live.path)).toBe("refused");
    const endless = "SELECT a.id FROM t a, t b WHERE (a.id + b.id) % 1000003 = 1 ORDER BY a.text LIMIT 1";
    const stopped = [
      database.query(request({ statements: [{ sql: endless }], access: "read" })),
      database.run(endless),
      database.transaction(async (sql) => {
        await sql("INSERT INTO t VALUES (1, 'x')");
        await new Promise(() => {});
      }),
      // The first result is read to its end, because the second statement needs the transaction.
      database.query(request({ statements: [{ sql: "FROM t a, t b" }, { sql: "SELECT 1" }], rowLimit: 10 })),
    ].map((work) => work.catch((error) => error.code));
    await systemClock.sleep(100);
    await database.closeGate({ drainMs: 50, reason: "restore" });
    expect(await Promise.all(stopped)).toEqual(Array(4).fill("sql_interrupted"));
    await database.close();
    expect(await openDescriptors(live.path, { clock: systemClock, patienceMs: 0 })).toEqual([]);
    expect(await otherProcessOpens(live.path)).toBe("500000");
    await database.close();
    await live.reopen();
    expect((await live.read("SELECT count(*) FROM t")).rows).toEqual([["500000"]]);
    await live.end();
  });

  it("keeps an existing file's storage version, and refuses work afterwards", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nestegg-old-"));
    const path = join(folder, "hesocial.duckdb");
    await nodeRuns(`
      const instance = await DuckDBInstance.create(${JSON.stringify(path)});
      const connection = await instance.connect();
      await connection.run("CREATE TABLE t AS SELECT 1 AS id");
      connection.closeSync(); instance.closeSync();`);
    const live = await openFixture({ path });
    expect((await live.database.statistics()).storageVersion).toBe("v1.0.0+");
    const snapshot = await live.database.takeSnapshot({ waitMs: 1_000 });
    await live.end();
    await expect(live.read("SELECT 1")).rejects.toMatchObject({ code: "stopping" });
    await snapshot.release();
    await expect(live.database.takeSnapshot({ waitMs: 0 })).rejects.toMatchObject({ code: "stopping" });
    await rm(folder, { recursive: true });
  });
});

/** Three kinds of writers until they are stopped. Conflicts between them are theirs to repeat. */
function startWriters(live: LiveFixture) {
  const { database } = live;
  const failures: string[] = [];
  const counts = { transfers: 0, batches: 0, definitions: 0 };
  let running = true;
  let counter = 0;
  const retrying = async (work: () => Promise<unknown>) => {
    while (running) {
      try {
        await work();
        await systemClock.sleep(5);
      } catch (error) {
        if (!/got in the way/.test(String(error))) {
          failures.push(String(error));
          return;
        }
      }
    }
  };
  const transfer = async (seed: number) => {
    const from = (counts.transfers * 7 + seed) % ACCOUNTS;
    const to = (from + 13) % ACCOUNTS;
    await database.transaction(async (sql) => {
      await sql("UPDATE accounts SET balance = balance - 5 WHERE id = ?", [from]);
      await sql("UPDATE accounts SET balance = balance + 5 WHERE id = ?", [to]);
    });
    counts.transfers += 1;
  };
  const count = async () => {
    await database.run("UPDATE counter SET n = n + 1");
    counter += 1;
  };
  const batch = async () => {
    const name = counts.batches;
    const rows = name % 2 === 0 ? BULK_ROWS : 1_000;
    await database.run("INSERT INTO bulk SELECT ?, range, 'row ' || range FROM range(?)", [name, rows]);
    counts.batches += 1;
    if (name > 2) await database.run("DELETE FROM bulk WHERE batch = ?", [name - 3]);
  };
  const define = async () => {
    const name = `extra_${counts.definitions}`;
    await database.run(`CREATE TABLE ${name} AS SELECT range AS id FROM range(500)`);
    await database.run(`ALTER TABLE ${name} ADD COLUMN token UUID DEFAULT uuid()`);
    await database.run(`CREATE INDEX ${name}_id ON ${name} (id)`);
    await database.run(`DROP TABLE ${name}`);
    counts.definitions += 1;
  };
  const loops = [
    retrying(() => transfer(0)),
    retrying(() => transfer(50)),
    retrying(count),
    retrying(batch),
    retrying(define),
  ];
  return {
    counter: () => counter,
    stop: async () => {
      running = false;
      await Promise.all(loops);
      return { ...counts, failures };
    },
  };
}

interface Inspected {
  sum: number;
  counter: number;
  torn: number;
}

/** Opens each copy in another process, as a restore would, reads it and writes to it. */
async function inspect(copies: string[]): Promise<Inspected[]> {
  const output = await nodeRuns(`
    for (const copy of ${JSON.stringify(copies)}) {
      const instance = await DuckDBInstance.create(copy);
      const connection = await instance.connect();
      const value = async (sql) => Number((await (await connection.run(sql)).getRowsJson())[0][0]);
      console.log(JSON.stringify({
        sum: await value("SELECT sum(balance)::BIGINT FROM accounts"),
        counter: await value("SELECT n FROM counter"),
        torn: await value("SELECT count(*) FROM (SELECT count(*) AS n, max(length(text)) FROM bulk GROUP BY batch) WHERE n NOT IN (1000, ${BULK_ROWS})"),
      }));
      await connection.run("UPDATE accounts SET balance = balance + 1");
      await connection.run("CHECKPOINT");
      connection.closeSync(); instance.closeSync();
    }`);
  return output.split("\n").map((line) => JSON.parse(line));
}

async function otherProcessOpens(path: string): Promise<string> {
  return nodeRuns(`
    try {
      const instance = await DuckDBInstance.create(${JSON.stringify(path)});
      const connection = await instance.connect();
      console.log((await (await connection.run("SELECT count(*) FROM t")).getRowsJson())[0][0]);
      connection.closeSync(); instance.closeSync();
    } catch { console.log("refused") }`);
}

async function nodeRuns(script: string): Promise<string> {
  const source = `import { DuckDBInstance } from "@duckdb/node-api"; ${script}`;
  const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", source], { cwd: process.cwd() });
  return stdout.trim();
}

async function checksum(path: string): Promise<string> {
  const { stdout } = await execute("cksum", [path]);
  return stdout.split(" ").slice(0, 2).join(" ");
}
