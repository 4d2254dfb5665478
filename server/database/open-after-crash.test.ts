import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { crashedCopy, rescueInChild, startWriter, valuesOf } from "./crash-fixture";
import { BASE, createOpeningPlace, MORE, type OpeningPlace, UNREPLAYABLE } from "./testing/opening-place";

let place: OpeningPlace;
beforeEach(() => {
  place = createOpeningPlace();
});
afterEach(() => place.remove());

describe("opening after a crash", () => {
  it("loses no confirmed transaction of a killed writer", async () => {
    const writer = await startWriter(place.path, BASE, "INSERT INTO t VALUES (:n, 'live')");
    await writer.reaches(100);
    await writer.kill();
    await place.startAndClose();
    const [[last]] = (await valuesOf(place.path, "SELECT max(i) FROM t WHERE text = 'live'")) as [[number]];
    expect(last).toBeGreaterThanOrEqual(writer.acknowledged());
  });

  it("rescues what DuckDB cannot replay: all rows are there, the tables are named, the originals are kept", async () => {
    const writer = await startWriter(
      place.path,
      [...BASE, UNREPLAYABLE],
      "INSERT INTO t (i, text) VALUES (:n, 'live')",
    );
    await writer.reaches(20);
    await writer.kill();
    const originals = [readFileSync(place.path), readFileSync(`${place.path}.wal`)];
    await expect(DuckDBInstance.create(place.path)).rejects.toThrow(/replaying WAL/);

    const { notes, fileReplaced } = await place.startAndClose({ runRescue: rescueInChild });
    expect(fileReplaced).toBe(true);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatchObject({ kind: "rescued", level: "warning" });
    expect(notes[0]?.message).toContain("main.t");
    const [[rows, filled]] = (await valuesOf(place.path, "SELECT count(*), count(x) FROM t")) as [[string, string]];
    expect(Number(rows)).toBeGreaterThanOrEqual(1000 + writer.acknowledged());
    expect(filled).toBe(rows);
    const kept = readdirSync(place.folder).filter((name) => name.includes(".before-rescue-"));
    expect(kept.map((name) => readFileSync(join(place.folder, name)))).toEqual(originals);
    expect(existsSync(`${place.path}.rescue`)).toBe(false);
    expect(existsSync(`${place.path}.swap.json`)).toBe(false);
  });

  it("rescues in the default storage version too, and keeps that version", async () => {
    await crashedCopy(place.path, [...BASE, UNREPLAYABLE, "INSERT INTO t (i) VALUES (1)"], {
      storageVersion: "v1.0.0",
    });
    expect((await place.startAndClose()).notes[0]?.kind).toBe("rescued");
    expect(
      await valuesOf(
        place.path,
        "SELECT (SELECT count(x) FROM t), tags['storage_version'] FROM duckdb_databases() WHERE NOT internal",
      ),
    ).toEqual([["1001", "v1.0.0+"]]);
  });

  it("opens with every whole transaction wherever the log was torn", async () => {
    await crashedCopy(place.path, [...BASE, ...MORE]);
    const [main, wal] = [readFileSync(place.path), readFileSync(`${place.path}.wal`)];
    for (let cut = 0; cut < wal.length; cut += 397) {
      writeFileSync(place.path, main);
      writeFileSync(`${place.path}.wal`, wal.subarray(0, cut));
      const { notes } = await place.startAndClose();
      const [[rows]] = (await valuesOf(place.path, "SELECT count(*) FROM t")) as [[string]];
      expect(Number(rows)).toBe(1000 + wholeCommits(wal.subarray(0, cut)));
      expect(notes).toEqual([]);
    }
  });

  it("cuts off zeros that a power loss left, which DuckDB refuses, and keeps the original log", async () => {
    await crashedCopy(place.path, [...BASE, ...MORE]);
    appendFileSync(`${place.path}.wal`, Buffer.alloc(4096));
    const original = readFileSync(`${place.path}.wal`);
    const main = readFileSync(place.path);
    await expect(DuckDBInstance.create(place.path)).rejects.toThrow(/Corrupt WAL/);
    const { notes, fileReplaced } = await place.startAndClose();
    expect(fileReplaced).toBe(false);
    expect(notes).toMatchObject([{ kind: "wal-cut", message: expect.stringContaining("20 transactions") }]);
    expect(place.rescues).toBe(0);
    const kept = readdirSync(place.folder).filter((name) => name.includes(".before-rescue-"));
    expect(kept.map((name) => readFileSync(join(place.folder, name)).equals(original))).toEqual([true]);
    expect(main.length).toBeGreaterThan(0);
    expect(await valuesOf(place.path, "SELECT count(*) FROM t")).toEqual([["1020"]]);
  });

  it("cuts a log whose only bytes are zeros", async () => {
    await crashedCopy(place.path, BASE);
    writeFileSync(`${place.path}.wal`, Buffer.alloc(4096));
    await place.startAndClose();
    expect(await valuesOf(place.path, "SELECT count(*) FROM t")).toEqual([["1000"]]);
  });

  it("rescues a log that needs both: an end cut off and a replay on copies", async () => {
    await crashedCopy(place.path, [
      ...BASE,
      UNREPLAYABLE,
      ...MORE.map((sql) => sql.replace("INTO t", "INTO t (i, text)")),
    ]);
    appendFileSync(`${place.path}.wal`, Buffer.alloc(5000));
    const stood = readFileSync(`${place.path}.wal`);
    const { notes } = await place.startAndClose();
    expect(notes.map(({ kind }) => kind)).toEqual(["rescued"]);
    expect(await valuesOf(place.path, "SELECT count(*), count(x) FROM t")).toEqual([["1020", "1020"]]);
    const kept = readdirSync(place.folder).find((name) => /\.before-rescue-.*\.wal$/.test(name)) ?? "";
    expect(readFileSync(join(place.folder, kept)).equals(stood)).toBe(true);
  });

  it("rescues a database whose file name is a word of DuckDB's own, or holds a quote", async () => {
    for (const name of ["memory.duckdb", 'it\'s "odd".v2.duckdb']) {
      const odd = join(place.folder, name);
      await crashedCopy(odd, [...BASE, UNREPLAYABLE]);
      expect((await place.startAndClose({ path: odd })).notes[0]?.kind).toBe("rescued");
    }
  });
});

/** A commit mark is an entry whose body has five bytes. */
function wholeCommits(wal: Buffer): number {
  let commits = 0;
  const mark = Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]);
  for (let at = wal.indexOf(mark); at !== -1; at = wal.indexOf(mark, at + 1)) {
    if (wal.subarray(at + 16, at + 21).equals(Buffer.from([100, 0, 100, 255, 255]))) commits++;
  }
  return commits;
}
