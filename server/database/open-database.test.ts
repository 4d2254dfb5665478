import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { crashedCopy, startWriter, valuesOf, withDatabase } from "./crash-fixture";
import { openLiveDatabase } from "./live-database";
import { startSwap } from "./swap";
import { BASE, createOpeningPlace, flip, MORE, type OpeningPlace, UNREPLAYABLE } from "./testing/opening-place";

let place: OpeningPlace;
beforeEach(() => {
  place = createOpeningPlace();
});
afterEach(() => place.remove());

describe("opening a file that is as it should be", () => {
  it("creates a missing one in the wanted storage version, and leaves nothing else in the folder", async () => {
    await place.startAndClose({ createWhenMissing: true });
    expect(readdirSync(place.folder)).toEqual(["app.duckdb"]);
    const version = await valuesOf(
      place.path,
      "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal",
    );
    expect(version).toEqual([["v1.5.0+"]]);
  });

  it("says nothing about an ordinary start, with or without a log to replay", async () => {
    await crashedCopy(place.path, [...BASE, ...MORE]);
    expect(await place.startAndClose()).toMatchObject({ notes: [], fileReplaced: false });
    expect(await place.startAndClose({ cleanStop: true })).toMatchObject({ notes: [], fileReplaced: false });
    expect(await valuesOf(place.path, "SELECT count(*) FROM t")).toEqual([["1020"]]);
    expect(place.rescues).toBe(0);
  });

  it("hands over a database that works, rescued or not, and leaves it closed by nobody else", async () => {
    await crashedCopy(place.path, [...BASE, UNREPLAYABLE]);
    const result = await place.start({ open: openLiveDatabase });
    if (!result.ok) throw new Error(result.fault.message);
    await result.database.run("INSERT INTO t (i, text) VALUES (?, ?)", [5, "after the rescue"]);
    expect((await result.database.run("SELECT count(*) AS n FROM t")).rows).toEqual([["1001"]]);
    const stranger = startWriter(place.path, [], "SELECT :n");
    await expect(stranger).rejects.toThrow("ended");
    await result.database.close();
    expect(await valuesOf(place.path, "SELECT count(*) FROM t")).toEqual([["1001"]]);
  });

  it("follows a link to where the file and its log really are", async () => {
    mkdirSync(join(place.folder, "volume"));
    const real = join(place.folder, "volume", "real.duckdb");
    await crashedCopy(real, [...BASE, UNREPLAYABLE]);
    symlinkSync(real, place.path);
    const { database, notes } = await place.startAndClose();
    expect(database.path).toBe(real);
    expect(notes[0]?.kind).toBe("rescued");
  });

  it("keeps copies of the logs of the last two crashes", async () => {
    for (let day = 1; day <= 4; day++) {
      for (const name of ["app.duckdb", "app.duckdb.wal"]) rmSync(join(place.folder, name), { force: true });
      rmSync(`${place.path}.source`, { force: true });
      await crashedCopy(place.path, [...BASE, ...MORE]);
      await place.startAndClose({ clock: { ...systemClock, now: () => new Date(`2024-12-0${day}T10:00:00Z`) } });
    }
    expect(readdirSync(place.folder).filter((name) => name.includes(".aside-"))).toEqual([
      "app.duckdb.aside-20241203-100000.wal",
      "app.duckdb.aside-20241204-100000.wal",
    ]);
  });
});

describe("a swap that a crash interrupted", () => {
  const scratch = () => join(place.folder, "restored.duckdb");
  async function interrupted(newContent: "sound" | "broken"): Promise<void> {
    await crashedCopy(place.path, [...BASE, ...MORE]);
    await withDatabase(scratch(), async (connection) => {
      await connection.run("CREATE TABLE fresh AS SELECT 42 AS answer");
    });
    if (newContent === "broken") flip(scratch(), 4100);
    const plan = {
      databasePath: place.path,
      newDatabase: scratch(),
      newWal: null,
      keptPath: `${place.path}.before-restore-1`,
    };
    const journal = await startSwap({ ...plan, reason: "restore", context: { backup: "b1" } }, systemClock);
    // As if the machine had died before the last step.
    const last = journal.bring.at(-1);
    if (last) renameSync(join(place.folder, last.to), join(place.folder, last.from));
  }

  it("is finished before the file is opened, and its journal tells whose it was", async () => {
    await interrupted("sound");
    const { notes, fileReplaced } = await place.startAndClose();
    expect(fileReplaced).toBe(true);
    expect(notes).toMatchObject([{ kind: "swap-finished", swap: { reason: "restore", context: { backup: "b1" } } }]);
    expect(await valuesOf(place.path, "SELECT answer FROM fresh")).toEqual([[42]]);
    expect(existsSync(`${place.path}.swap.json`)).toBe(false);
    expect(statSync(`${place.path}.before-restore-1.wal`).size).toBeGreaterThan(0);
  });

  it("is undone when the new file does not open: the old database is back with all its transactions", async () => {
    await interrupted("broken");
    const { notes } = await place.startAndClose();
    expect(notes).toMatchObject([{ kind: "swap-undone", level: "warning" }]);
    expect(await valuesOf(place.path, "SELECT count(*) FROM t")).toEqual([["1020"]]);
    expect(existsSync(`${place.path}.swap.json`)).toBe(false);
    expect(existsSync(`${place.path}.before-restore-1`)).toBe(false);
  });

  it("waits while another process has the file open", async () => {
    const writer = await startWriter(place.path, BASE, "INSERT INTO t VALUES (:n, 'live')");
    writeFileSync(scratch(), "whatever");
    const journal = {
      version: 1,
      reason: "restore",
      createdAt: "2024-12-30T15:30:00Z",
      direction: "forward",
      aside: [{ from: "app.duckdb", to: "app.duckdb.before-restore-1" }],
      bring: [{ from: "restored.duckdb", to: "app.duckdb" }],
      context: {},
    };
    writeFileSync(`${place.path}.swap.json`, JSON.stringify(journal));
    const result = await place.start();
    await writer.kill();
    expect(result).toMatchObject({ ok: false, fault: { reason: "held" } });
    expect(readdirSync(place.folder).sort()).toEqual([
      "app.duckdb",
      "app.duckdb.swap.json",
      "app.duckdb.wal",
      "restored.duckdb",
    ]);
  });
});
