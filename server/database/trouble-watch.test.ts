import { execFile } from "node:child_process";
import { rm, symlink } from "node:fs/promises";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { type LiveFixture, openFixture } from "./live-fixture";
import { stillClock } from "./still-clock";
import { TroubleWatch } from "./trouble-watch";

const run = promisify(execFile);
const DISK_ERROR = new Error('IO Error: Could not write file "/srv/data/app.duckdb": Input/output error');

function watchAt(start: number) {
  const time = { now: start };
  const clock = { ...systemClock, now: () => new Date(time.now) };
  return { time, watch: new TroubleWatch({ databasePath: "/srv/data/app.duckdb", clock }) };
}

describe("checkpoints that fail", () => {
  it("are trouble after a minute of failures, since the first, until one succeeds", () => {
    const { time, watch } = watchAt(1_000);
    watch.checkpointFailed(DISK_ERROR);
    time.now += 3_600_000;
    // One failure, however long ago, is no row of failures.
    expect(watch.current).toBeNull();
    watch.checkpointDone();
    const since = new Date(time.now);
    for (let second = 0; second < 60; second += 1) {
      watch.checkpointFailed(DISK_ERROR);
      time.now += 1_000;
    }
    expect(watch.current).toBeNull();
    watch.checkpointFailed(DISK_ERROR);
    expect(watch.current).toEqual({ since, message: expect.stringMatching(/^No checkpoint .*Input\/output error/) });
    expect(watch.current?.message).not.toContain("/srv/data");
    watch.checkpointDone();
    expect(watch.current).toBeNull();
  });
});

describe("an engine that has given up", () => {
  it("is not what a caller's own text says", () => {
    const { watch } = watchAt(0);
    watch.explain(new Error("Invalid Input Error: FATAL Error: database has been invalidated"));
    expect(watch.current).toBeNull();
  });

  it("is told with what to do when the disk is full", () => {
    const { watch } = watchAt(5_000);
    const full = new Error(
      'FATAL Error: Failed to create checkpoint because of error: Could not write file "/srv/data/app.duckdb": No space left on device',
    );
    expect(watch.checkpointFailed(full)).toMatchObject({ code: "disk_full", hint: expect.stringContaining("restart") });
    watch.checkpointDone();
    expect(watch.current).toEqual({ since: new Date(5_000), message: expect.stringContaining("disk is full") });
  });
});

describe("a live database", () => {
  let live: LiveFixture;
  afterEach(() => live.end());

  it("says after a checkpoint that could not be written that every statement fails from now on", async () => {
    live = await openFixture({ clock: stillClock(), walLimitBytes: 1 });
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT 1 AS id");
    await database.tick();
    await database.run("INSERT INTO t SELECT range FROM range(50000)");
    expect(database.pulse().trouble).toBeNull();
    await withFileLimit(database.pulse().fileBytes + 10, () => database.tick());
    const { trouble } = database.pulse();
    expect(trouble?.message).toMatch(/^DuckDB stopped using the database .*File too large/);
    await expect(live.read("SELECT 1")).rejects.toMatchObject({
      code: "database_unusable",
      hint: expect.stringContaining("Restart"),
    });
    expect(database.pulse().trouble).toEqual(trouble);
  });

  it("outlives a look at the write-ahead log that fails", async () => {
    live = await openFixture({ clock: stillClock(), walLimitBytes: 1 });
    const log = `${live.path}.wal`;
    await symlink(log, log);
    await live.database.tick();
    await rm(log);
    await live.database.run("CREATE TABLE t AS SELECT 1 AS id");
    await live.database.tick();
    expect(live.database.pulse()).toMatchObject({ walBytes: 0, trouble: null, lastCheckpointAt: expect.any(Date) });
  });

  it("says that a transaction could not be written, and does not blame another one", async () => {
    live = await openFixture({ clock: stillClock() });
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT 1 AS id");
    const limit = database.pulse().walBytes + 100;
    const failed = withFileLimit(limit, () => database.run("INSERT INTO t SELECT range FROM range(50000)"));
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining("could not be written") });
    expect((await live.read("SELECT count(*) FROM t")).rows).toEqual([["1"]]);
  });
});

/** Writing behind `bytes` fails meanwhile, in every file of this process: the nearest thing to a full disk. */
async function withFileLimit<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  const ignore = () => undefined;
  process.on("SIGXFSZ", ignore);
  const limit = (soft: string) => run("prlimit", ["--pid", String(process.pid), `--fsize=${soft}:unlimited`]);
  await limit(String(bytes));
  try {
    return await work();
  } finally {
    await limit("unlimited");
    process.off("SIGXFSZ", ignore);
  }
}
