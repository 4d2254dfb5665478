import { execFile } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { AppError } from "../errors";
import { createLog } from "../log";
import { plainChecksum } from "./block-checksum";
import { bytesOf, crashedCopy, rescueInChild, startWriter, valuesOf, withDatabase } from "./crash-fixture";
import { openLiveDatabase } from "./live-database";
import { type OpenInput, type OpenResult, openDatabase } from "./open-database";
import { rescueFile } from "./rescue";
import { startSwap } from "./swap";
import type { LiveDatabase } from "./types";

let folder: string;
let path: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "nestegg-open-")));
  path = join(folder, "app.duckdb");
});
afterEach(() => rmSync(folder, { recursive: true }));

const BASE = [
  "CREATE TABLE t (i INT, text VARCHAR)",
  "INSERT INTO t SELECT i, 'x' FROM range(1000) r(i)",
  "CHECKPOINT",
];
const MORE = Array.from({ length: 20 }, (_, i) => `INSERT INTO t VALUES (${i}, 'later')`);
/** DuckDB 1.5 cannot replay this one when it opens the file by itself. */
const UNREPLAYABLE = "ALTER TABLE t ADD COLUMN x DOUBLE DEFAULT random()";

/** The engine alone: what openDatabase adds must not depend on what live-database does besides. */
const openEngine: OpenInput["open"] = async ({ path: file, name, storageVersion }) => {
  const instance = await DuckDBInstance.create(file, {
    checkpoint_threshold: "1TB",
    storage_compatibility_version: storageVersion,
  }).catch((cause: unknown) => {
    throw new AppError("database_unusable", "The database could not be opened.", { cause });
  });
  const database: Pick<LiveDatabase, "path" | "name" | "close"> = {
    path: file,
    name,
    close: async () => instance.closeSync(),
  };
  return database as LiveDatabase;
};

let rescues = 0;
beforeEach(() => {
  rescues = 0;
});

function start(more: Partial<OpenInput> = {}): Promise<OpenResult> {
  return openDatabase({
    path,
    name: "app",
    storageVersion: "v1.5.0",
    walLimitBytes: 16 * 1024 * 1024,
    clock: systemClock,
    log: createLog("silent"),
    cleanStop: false,
    createWhenMissing: false,
    runRescue: (job) => {
      rescues++;
      // In this process, which is the tests' and not the owner's: a process of its own costs seconds each time.
      return rescueFile(job);
    },
    open: openEngine,
    ...more,
  });
}

/** Starts, closes again, and returns what was said on the way. */
async function startAndClose(more: Partial<OpenInput> = {}) {
  const result = await start(more);
  if (!result.ok) throw new Error(`${result.fault.reason}: ${result.fault.message}`);
  await result.database.close();
  return result;
}

async function expectFault(reason: string, more: Partial<OpenInput> = {}): Promise<string> {
  const stood = bytesOf(folder);
  const result = await start(more);
  expect(bytesOf(folder)).toEqual(stood);
  if (result.ok) throw new Error("it opened");
  expect(result.fault.reason).toBe(reason);
  expect(result.fault.hint).not.toBe("");
  return result.fault.message;
}

const flip = (file: string, at: number) => {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
};

describe("opening a file that is as it should be", () => {
  it("creates a missing one in the wanted storage version, and leaves nothing else in the folder", async () => {
    await startAndClose({ createWhenMissing: true });
    expect(readdirSync(folder)).toEqual(["app.duckdb"]);
    const version = await valuesOf(path, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal");
    expect(version).toEqual([["v1.5.0+"]]);
  });

  it("says nothing about an ordinary start, with or without a log to replay", async () => {
    await crashedCopy(path, [...BASE, ...MORE]);
    expect(await startAndClose()).toMatchObject({ notes: [], fileReplaced: false });
    expect(await startAndClose({ cleanStop: true })).toMatchObject({ notes: [], fileReplaced: false });
    expect(await valuesOf(path, "SELECT count(*) FROM t")).toEqual([["1020"]]);
    expect(rescues).toBe(0);
  });

  it("hands over a database that works, rescued or not, and leaves it closed by nobody else", async () => {
    await crashedCopy(path, [...BASE, UNREPLAYABLE]);
    const result = await start({ open: openLiveDatabase });
    if (!result.ok) throw new Error(result.fault.message);
    await result.database.run("INSERT INTO t (i, text) VALUES (?, ?)", [5, "after the rescue"]);
    expect((await result.database.run("SELECT count(*) AS n FROM t")).rows).toEqual([["1001"]]);
    const stranger = startWriter(path, [], "SELECT :n");
    await expect(stranger).rejects.toThrow("ended");
    await result.database.close();
    expect(await valuesOf(path, "SELECT count(*) FROM t")).toEqual([["1001"]]);
  });

  it("follows a link to where the file and its log really are", async () => {
    mkdirSync(join(folder, "volume"));
    const real = join(folder, "volume", "real.duckdb");
    await crashedCopy(real, [...BASE, UNREPLAYABLE]);
    symlinkSync(real, path);
    const { database, notes } = await startAndClose();
    expect(database.path).toBe(real);
    expect(notes[0]?.kind).toBe("rescued");
  });

  it("keeps copies of the logs of the last two crashes", async () => {
    for (let day = 1; day <= 4; day++) {
      for (const name of ["app.duckdb", "app.duckdb.wal"]) rmSync(join(folder, name), { force: true });
      rmSync(`${path}.source`, { force: true });
      await crashedCopy(path, [...BASE, ...MORE]);
      await startAndClose({ clock: { ...systemClock, now: () => new Date(`2024-12-0${day}T10:00:00Z`) } });
    }
    expect(readdirSync(folder).filter((name) => name.includes(".aside-"))).toEqual([
      "app.duckdb.aside-20241203-100000.wal",
      "app.duckdb.aside-20241204-100000.wal",
    ]);
  });
});

describe("opening after a crash", () => {
  it("loses no confirmed transaction of a killed writer", async () => {
    const writer = await startWriter(path, BASE, "INSERT INTO t VALUES (:n, 'live')");
    await writer.reaches(100);
    await writer.kill();
    await startAndClose();
    const [[last]] = (await valuesOf(path, "SELECT max(i) FROM t WHERE text = 'live'")) as [[number]];
    expect(last).toBeGreaterThanOrEqual(writer.acknowledged());
  });

  it("rescues what DuckDB cannot replay: all rows are there, the tables are named, the originals are kept", async () => {
    const writer = await startWriter(path, [...BASE, UNREPLAYABLE], "INSERT INTO t (i, text) VALUES (:n, 'live')");
    await writer.reaches(20);
    await writer.kill();
    const originals = [readFileSync(path), readFileSync(`${path}.wal`)];
    await expect(DuckDBInstance.create(path)).rejects.toThrow(/replaying WAL/);

    const { notes, fileReplaced } = await startAndClose({ runRescue: rescueInChild });
    expect(fileReplaced).toBe(true);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatchObject({ kind: "rescued", level: "warning" });
    expect(notes[0]?.message).toContain("main.t");
    const [[rows, filled]] = (await valuesOf(path, "SELECT count(*), count(x) FROM t")) as [[string, string]];
    expect(Number(rows)).toBeGreaterThanOrEqual(1000 + writer.acknowledged());
    expect(filled).toBe(rows);
    const kept = readdirSync(folder).filter((name) => name.includes(".before-rescue-"));
    expect(kept.map((name) => readFileSync(join(folder, name)))).toEqual(originals);
    expect(existsSync(`${path}.rescue`)).toBe(false);
    expect(existsSync(`${path}.swap.json`)).toBe(false);
  });

  it("rescues in the default storage version too, and keeps that version", async () => {
    await crashedCopy(path, [...BASE, UNREPLAYABLE, "INSERT INTO t (i) VALUES (1)"], { storageVersion: "v1.0.0" });
    expect((await startAndClose()).notes[0]?.kind).toBe("rescued");
    expect(
      await valuesOf(
        path,
        "SELECT (SELECT count(x) FROM t), tags['storage_version'] FROM duckdb_databases() WHERE NOT internal",
      ),
    ).toEqual([["1001", "v1.0.0+"]]);
  });

  it("opens with every whole transaction wherever the log was torn", async () => {
    await crashedCopy(path, [...BASE, ...MORE]);
    const [main, wal] = [readFileSync(path), readFileSync(`${path}.wal`)];
    for (let cut = 0; cut < wal.length; cut += 397) {
      writeFileSync(path, main);
      writeFileSync(`${path}.wal`, wal.subarray(0, cut));
      const { notes } = await startAndClose();
      const [[rows]] = (await valuesOf(path, "SELECT count(*) FROM t")) as [[string]];
      expect(Number(rows)).toBe(1000 + wholeCommits(wal.subarray(0, cut)));
      expect(notes).toEqual([]);
    }
  });

  it("cuts off zeros that a power loss left, which DuckDB refuses, and keeps the original log", async () => {
    await crashedCopy(path, [...BASE, ...MORE]);
    appendFileSync(`${path}.wal`, Buffer.alloc(4096));
    const original = readFileSync(`${path}.wal`);
    const main = readFileSync(path);
    await expect(DuckDBInstance.create(path)).rejects.toThrow(/Corrupt WAL/);
    const { notes, fileReplaced } = await startAndClose();
    expect(fileReplaced).toBe(false);
    expect(notes).toMatchObject([{ kind: "wal-cut", message: expect.stringContaining("20 transactions") }]);
    expect(rescues).toBe(0);
    const kept = readdirSync(folder).filter((name) => name.includes(".before-rescue-"));
    expect(kept.map((name) => readFileSync(join(folder, name)).equals(original))).toEqual([true]);
    expect(main.length).toBeGreaterThan(0);
    expect(await valuesOf(path, "SELECT count(*) FROM t")).toEqual([["1020"]]);
  });

  it("cuts a log whose only bytes are zeros", async () => {
    await crashedCopy(path, BASE);
    writeFileSync(`${path}.wal`, Buffer.alloc(4096));
    await startAndClose();
    expect(await valuesOf(path, "SELECT count(*) FROM t")).toEqual([["1000"]]);
  });

  it("rescues a log that needs both: an end cut off and a replay on copies", async () => {
    await crashedCopy(path, [...BASE, UNREPLAYABLE, ...MORE.map((sql) => sql.replace("INTO t", "INTO t (i, text)"))]);
    appendFileSync(`${path}.wal`, Buffer.alloc(5000));
    const stood = readFileSync(`${path}.wal`);
    const { notes } = await startAndClose();
    expect(notes.map(({ kind }) => kind)).toEqual(["rescued"]);
    expect(await valuesOf(path, "SELECT count(*), count(x) FROM t")).toEqual([["1020", "1020"]]);
    const kept = readdirSync(folder).find((name) => /\.before-rescue-.*\.wal$/.test(name)) ?? "";
    expect(readFileSync(join(folder, kept)).equals(stood)).toBe(true);
  });

  it("rescues a database whose file name is a word of DuckDB's own, or holds a quote", async () => {
    for (const name of ["memory.duckdb", 'it\'s "odd".v2.duckdb']) {
      const odd = join(folder, name);
      await crashedCopy(odd, [...BASE, UNREPLAYABLE]);
      expect((await startAndClose({ path: odd })).notes[0]?.kind).toBe("rescued");
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

describe("what cannot be opened is a fault, and every byte stays where it was", () => {
  it("missing, without and with an orphaned log", async () => {
    await expectFault("missing");
    await crashedCopy(path, [...BASE, ...MORE]);
    rmSync(path);
    expect(await expectFault("missing", { createWhenMissing: true })).toContain("app.duckdb.wal");
  });

  it("empty, text, SQLite, a folder", async () => {
    for (const content of ["", "id;name\n".repeat(9000), "SQLite format 3\0".padEnd(20_000, "x")]) {
      writeFileSync(path, content);
      await expectFault("not-duckdb", { createWhenMissing: true });
    }
    rmSync(path);
    mkdirSync(path);
    await expectFault("not-duckdb");
  });

  it("written by a newer DuckDB", async () => {
    await crashedCopy(path, BASE);
    const bytes = readFileSync(path);
    bytes.writeBigUInt64LE(69n, 12);
    bytes.writeBigUInt64LE(plainChecksum(bytes.subarray(8, 4096)), 0);
    writeFileSync(path, bytes);
    expect(await expectFault("newer-engine")).toContain("newer DuckDB");
  });

  it("damaged in a header, in the middle of its headers, or in its catalog", async () => {
    await crashedCopy(path, [...BASE, ...MORE]);
    const sound = readFileSync(path);
    for (const at of [30, 4100, 8200]) {
      writeFileSync(path, sound);
      flip(path, at);
      await expectFault("damaged");
    }
    writeFileSync(path, sound);
    truncateSync(path, 9000);
    await expectFault("damaged");
    // Every block: whatever DuckDB loads when it opens, the catalog is among it.
    const broken = Buffer.from(sound);
    for (let at = 12_288 + 500; at < broken.length; at += 262_144) broken[at] = (broken[at] ?? 0) ^ 1;
    writeFileSync(path, broken);
    await expectFault("damaged");
    rmSync(`${path}.wal`);
    await expectFault("damaged");
  });

  it("a log with whole transactions behind a flipped bit, and a log that is something else", async () => {
    await crashedCopy(path, [...BASE, ...MORE]);
    const wal = readFileSync(`${path}.wal`);
    for (const at of [60, 200, 700, 1500]) {
      writeFileSync(`${path}.wal`, wal);
      flip(`${path}.wal`, at);
      await expectFault("wal-damaged");
    }
    writeFileSync(`${path}.wal`, "not a log at all ".repeat(50));
    await expectFault("wal-damaged");
    expect(rescues).toBe(0);
  });

  it("a log of another database, and of an older state of this one", async () => {
    await crashedCopy(path, [...BASE, ...MORE]);
    const older = readFileSync(`${path}.wal`);
    const other = join(folder, "other.duckdb");
    await crashedCopy(other, [...BASE, ...MORE]);
    copyFileSync(`${other}.wal`, `${path}.wal`);
    await expectFault("wal-damaged");
    for (let round = 0; round < 3; round++) {
      rmSync(`${path}.wal`, { force: true });
      await withDatabase(path, async (connection) => {
        await connection.run("INSERT INTO t VALUES (1, 'one')");
      });
    }
    writeFileSync(`${path}.wal`, older);
    await expectFault("wal-damaged");
  });

  it("a log that cannot be rescued either", async () => {
    await crashedCopy(path, [...BASE, UNREPLAYABLE]);
    const failing = async () => {
      throw new AppError("worker_died", "The worker ended with signal SIGSEGV.");
    };
    expect(await expectFault("wal-damaged", { runRescue: failing })).toContain("try on copies failed");
    const full = async () => {
      throw new AppError("disk_full", "The disk has no room for the copy.");
    };
    expect(await expectFault("unknown", { runRescue: full })).toContain("no room");
    // The same once more without help: the fault before has taken nothing from it.
    expect((await startAndClose()).notes[0]?.kind).toBe("rescued");
  });

  it("rescued, but the rescued file does not open", async () => {
    await crashedCopy(path, [...BASE, UNREPLAYABLE]);
    await expectFault("wal-damaged", {
      open: async () => {
        throw new Error("Failure while replaying WAL file: Calling DatabaseManager::GetDefaultDatabase");
      },
    });
  });

  it("held by another process: it is named, whatever else is in the way", async () => {
    const writer = await startWriter(path, BASE, "INSERT INTO t VALUES (:n, 'live')");
    try {
      const result = await start();
      expect(result).toMatchObject({ ok: false, fault: { reason: "held" } });
      expect(!result.ok && result.fault.message).toContain(`process ${writer.pid}`);
      expect(readdirSync(folder).sort()).toEqual(["app.duckdb", "app.duckdb.wal"]);
      const idle = await startWriter(join(folder, "idle.duckdb"), BASE, "SELECT :n");
      flip(join(folder, "idle.duckdb"), 4100);
      const second = await start({ path: join(folder, "idle.duckdb") });
      await idle.kill();
      expect(second).toMatchObject({ ok: false, fault: { reason: "held" } });
    } finally {
      await writer.kill();
    }
    await startAndClose();
  });

  it("without the right to write", async () => {
    await crashedCopy(path, BASE);
    rmSync(`${path}.source`);
    const asNobody = async () => {
      const script = `
        const { openDatabase } = await import(${JSON.stringify(new URL("./open-database.ts", import.meta.url).href)});
        const { systemClock } = await import(${JSON.stringify(new URL("../clock.ts", import.meta.url).href)});
        process.setgid?.(65534); process.setuid?.(65534);
        const refuse = async () => { throw new Error("never reached"); };
        const result = await openDatabase({ path: process.argv[1], name: "app", storageVersion: "v1.5.0", walLimitBytes: 1,
          clock: systemClock, log: { error() {}, warn() {} }, cleanStop: true, createWhenMissing: true,
          runRescue: refuse, open: refuse });
        process.stdout.write(result.ok ? "open" : result.fault.reason);`;
      const parameters = ["--import", "tsx", "--input-type=module", "-e", script, path];
      return (await promisify(execFile)(process.execPath, parameters)).stdout;
    };
    // Only root can become somebody else; somebody else takes the right away from themselves.
    if (process.getuid?.() === 0) chownSync(folder, 0, 0);
    chmodSync(folder, 0o755);
    chmodSync(path, 0o444);
    const stood = bytesOf(folder);
    expect(await asNobody()).toBe("no-permission");
    expect(bytesOf(folder)).toEqual(stood);
    chmodSync(path, 0o644);
  });
});

describe("a swap that a crash interrupted", () => {
  const scratch = () => join(folder, "restored.duckdb");
  async function interrupted(newContent: "sound" | "broken"): Promise<void> {
    await crashedCopy(path, [...BASE, ...MORE]);
    await withDatabase(scratch(), async (connection) => {
      await connection.run("CREATE TABLE fresh AS SELECT 42 AS answer");
    });
    if (newContent === "broken") flip(scratch(), 4100);
    const plan = { databasePath: path, newDatabase: scratch(), newWal: null, keptPath: `${path}.before-restore-1` };
    const journal = await startSwap({ ...plan, reason: "restore", context: { backup: "b1" } }, systemClock);
    // As if the machine had died before the last step.
    const last = journal.bring.at(-1);
    if (last) renameSync(join(folder, last.to), join(folder, last.from));
  }

  it("is finished before the file is opened, and its journal tells whose it was", async () => {
    await interrupted("sound");
    const { notes, fileReplaced } = await startAndClose();
    expect(fileReplaced).toBe(true);
    expect(notes).toMatchObject([{ kind: "swap-finished", swap: { reason: "restore", context: { backup: "b1" } } }]);
    expect(await valuesOf(path, "SELECT answer FROM fresh")).toEqual([[42]]);
    expect(existsSync(`${path}.swap.json`)).toBe(false);
    expect(statSync(`${path}.before-restore-1.wal`).size).toBeGreaterThan(0);
  });

  it("is undone when the new file does not open: the old database is back with all its transactions", async () => {
    await interrupted("broken");
    const { notes } = await startAndClose();
    expect(notes).toMatchObject([{ kind: "swap-undone", level: "warning" }]);
    expect(await valuesOf(path, "SELECT count(*) FROM t")).toEqual([["1020"]]);
    expect(existsSync(`${path}.swap.json`)).toBe(false);
    expect(existsSync(`${path}.before-restore-1`)).toBe(false);
  });

  it("waits while another process has the file open", async () => {
    const writer = await startWriter(path, BASE, "INSERT INTO t VALUES (:n, 'live')");
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
    writeFileSync(`${path}.swap.json`, JSON.stringify(journal));
    const result = await start();
    await writer.kill();
    expect(result).toMatchObject({ ok: false, fault: { reason: "held" } });
    expect(readdirSync(folder).sort()).toEqual([
      "app.duckdb",
      "app.duckdb.swap.json",
      "app.duckdb.wal",
      "restored.duckdb",
    ]);
  });
});
