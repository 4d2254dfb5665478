import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect } from "vitest";
import { systemClock } from "../../clock";
import { AppError } from "../../errors";
import { createLog } from "../../log";
import { bytesOf } from "../crash-fixture";
import { type OpenInput, type OpenResult, openDatabase } from "../open-database";
import { rescueFile } from "../rescue";
import type { LiveDatabase } from "../types";

export const BASE = [
  "CREATE TABLE t (i INT, text VARCHAR)",
  "INSERT INTO t SELECT i, 'x' FROM range(1000) r(i)",
  "CHECKPOINT",
];
export const MORE = Array.from({ length: 20 }, (_, i) => `INSERT INTO t VALUES (${i}, 'later')`);
/** DuckDB 1.5 cannot replay this one when it opens the file by itself. */
export const UNREPLAYABLE = "ALTER TABLE t ADD COLUMN x DOUBLE DEFAULT random()";

/** A folder with one database, or with what is left of it, and a start of the server on it. */
export interface OpeningPlace {
  readonly folder: string;
  readonly path: string;
  /** How often a rescue was tried. */
  readonly rescues: number;
  start(more?: Partial<OpenInput>): Promise<OpenResult>;
  /** Starts, closes again, and returns what was said on the way. */
  startAndClose(more?: Partial<OpenInput>): Promise<Extract<OpenResult, { ok: true }>>;
  /** The fault's message, after a start that changed no byte in the folder. */
  expectFault(reason: string, more?: Partial<OpenInput>): Promise<string>;
  remove(): void;
}

export function createOpeningPlace(): OpeningPlace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "nestegg-open-")));
  const path = join(folder, "app.duckdb");
  let rescues = 0;
  const start: OpeningPlace["start"] = (more = {}) =>
    openDatabase({
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
  return {
    folder,
    path,
    get rescues() {
      return rescues;
    },
    start,
    async startAndClose(more) {
      const result = await start(more);
      if (!result.ok) throw new Error(`${result.fault.reason}: ${result.fault.message}`);
      await result.database.close();
      return result;
    },
    async expectFault(reason, more) {
      const stood = bytesOf(folder);
      const result = await start(more);
      expect(bytesOf(folder)).toEqual(stood);
      if (result.ok) throw new Error("it opened");
      expect(result.fault.reason).toBe(reason);
      expect(result.fault.hint).not.toBe("");
      return result.fault.message;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

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

/** One bit of the file at that place. */
export const flip = (file: string, at: number) => {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
};
