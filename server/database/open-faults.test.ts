import { execFile } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../errors";
import { plainChecksum } from "./block-checksum";
import { bytesOf, crashedCopy, startWriter, withDatabase } from "./crash-fixture";
import { BASE, createOpeningPlace, flip, MORE, type OpeningPlace, UNREPLAYABLE } from "./testing/opening-place";

let place: OpeningPlace;
beforeEach(() => {
  place = createOpeningPlace();
});
afterEach(() => place.remove());

describe("what cannot be opened is a fault, and every byte stays where it was", () => {
  it("missing, without and with an orphaned log", async () => {
    await place.expectFault("missing");
    await crashedCopy(place.path, [...BASE, ...MORE]);
    rmSync(place.path);
    expect(await place.expectFault("missing", { createWhenMissing: true })).toContain("app.duckdb.wal");
  });

  it("empty, text, SQLite, a folder", async () => {
    for (const content of ["", "id;name\n".repeat(9000), "SQLite format 3\0".padEnd(20_000, "x")]) {
      writeFileSync(place.path, content);
      await place.expectFault("not-duckdb", { createWhenMissing: true });
    }
    rmSync(place.path);
    mkdirSync(place.path);
    await place.expectFault("not-duckdb");
  });

  it("written by a newer DuckDB", async () => {
    await crashedCopy(place.path, BASE);
    const bytes = readFileSync(place.path);
    bytes.writeBigUInt64LE(69n, 12);
    bytes.writeBigUInt64LE(plainChecksum(bytes.subarray(8, 4096)), 0);
    writeFileSync(place.path, bytes);
    expect(await place.expectFault("newer-engine")).toContain("newer DuckDB");
  });

  it("damaged in a header, in the middle of its headers, or in its catalog", async () => {
    await crashedCopy(place.path, [...BASE, ...MORE]);
    const sound = readFileSync(place.path);
    for (const at of [30, 4100, 8200]) {
      writeFileSync(place.path, sound);
      flip(place.path, at);
      await place.expectFault("damaged");
    }
    writeFileSync(place.path, sound);
    truncateSync(place.path, 9000);
    await place.expectFault("damaged");
    // Every block: whatever DuckDB loads when it opens, the catalog is among it.
    const broken = Buffer.from(sound);
    for (let at = 12_288 + 500; at < broken.length; at += 262_144) broken[at] = (broken[at] ?? 0) ^ 1;
    writeFileSync(place.path, broken);
    await place.expectFault("damaged");
    rmSync(`${place.path}.wal`);
    await place.expectFault("damaged");
  });

  it("a log with whole transactions behind a flipped bit, and a log that is something else", async () => {
    await crashedCopy(place.path, [...BASE, ...MORE]);
    const wal = readFileSync(`${place.path}.wal`);
    for (const at of [60, 200, 700, 1500]) {
      writeFileSync(`${place.path}.wal`, wal);
      flip(`${place.path}.wal`, at);
      await place.expectFault("wal-damaged");
    }
    writeFileSync(`${place.path}.wal`, "not a log at all ".repeat(50));
    await place.expectFault("wal-damaged");
    expect(place.rescues).toBe(0);
  });

  it("a log of another database, and of an older state of this one", async () => {
    await crashedCopy(place.path, [...BASE, ...MORE]);
    const older = readFileSync(`${place.path}.wal`);
    const other = join(place.folder, "other.duckdb");
    await crashedCopy(other, [...BASE, ...MORE]);
    copyFileSync(`${other}.wal`, `${place.path}.wal`);
    await place.expectFault("wal-damaged");
    for (let round = 0; round < 3; round++) {
      rmSync(`${place.path}.wal`, { force: true });
      await withDatabase(place.path, async (connection) => {
        await connection.run("INSERT INTO t VALUES (1, 'one')");
      });
    }
    writeFileSync(`${place.path}.wal`, older);
    await place.expectFault("wal-damaged");
  });

  it("a log that cannot be rescued either", async () => {
    await crashedCopy(place.path, [...BASE, UNREPLAYABLE]);
    const failing = async () => {
      throw new AppError("worker_died", "The worker ended with signal SIGSEGV.");
    };
    expect(await place.expectFault("wal-damaged", { runRescue: failing })).toContain("try on copies failed");
    const full = async () => {
      throw new AppError("disk_full", "The disk has no room for the copy.");
    };
    expect(await place.expectFault("unknown", { runRescue: full })).toContain("no room");
    // The same once more without help: the fault before has taken nothing from it.
    expect((await place.startAndClose()).notes[0]?.kind).toBe("rescued");
  });

  it("rescued, but the rescued file does not open", async () => {
    await crashedCopy(place.path, [...BASE, UNREPLAYABLE]);
    await place.expectFault("wal-damaged", {
      open: async () => {
        throw new Error("Failure while replaying WAL file: Calling DatabaseManager::GetDefaultDatabase");
      },
    });
  });

  it("held by another process: it is named, whatever else is in the way", async () => {
    const writer = await startWriter(place.path, BASE, "INSERT INTO t VALUES (:n, 'live')");
    try {
      const result = await place.start();
      expect(result).toMatchObject({ ok: false, fault: { reason: "held" } });
      expect(!result.ok && result.fault.message).toContain(`process ${writer.pid}`);
      expect(readdirSync(place.folder).sort()).toEqual(["app.duckdb", "app.duckdb.wal"]);
      const idle = await startWriter(join(place.folder, "idle.duckdb"), BASE, "SELECT :n");
      flip(join(place.folder, "idle.duckdb"), 4100);
      const second = await place.start({ path: join(place.folder, "idle.duckdb") });
      await idle.kill();
      expect(second).toMatchObject({ ok: false, fault: { reason: "held" } });
    } finally {
      await writer.kill();
    }
    await place.startAndClose();
  });

  it("without the right to write", async () => {
    await crashedCopy(place.path, BASE);
    rmSync(`${place.path}.source`);
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
      const parameters = ["--import", "tsx", "--input-type=module", "-e", script, place.path];
      return (await promisify(execFile)(process.execPath, parameters)).stdout;
    };
    // Only root can become somebody else; somebody else takes the right away from themselves.
    if (process.getuid?.() === 0) chownSync(place.folder, 0, 0);
    chmodSync(place.folder, 0o755);
    chmodSync(place.path, 0o444);
    const stood = bytesOf(place.folder);
    expect(await asNobody()).toBe("no-permission");
    expect(bytesOf(place.folder)).toEqual(stood);
    chmodSync(place.path, 0o644);
  });
});
