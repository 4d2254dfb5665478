import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "../clock";
import { createLog } from "../log";
import { type LiveDatabaseOptions, type OpenedDatabase, openLiveDatabase } from "./live-database";
import type { SqlParameter, SqlRequest, SqlResult } from "./types";

const execute = promisify(execFile);
const MEBIBYTE = 1024 * 1024;

export interface LiveFixture {
  database: OpenedDatabase;
  folder: string;
  path: string;
  read(sql: string, params?: SqlParameter[]): Promise<SqlResult>;
  write(sql: string, params?: SqlParameter[]): Promise<SqlResult>;
  reopen(): Promise<void>;
  end(): Promise<void>;
}

/** A real database in a folder of its own; for tests. */
export async function openFixture(options: Partial<LiveDatabaseOptions> = {}): Promise<LiveFixture> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-live-"));
  const path = options.path ?? join(folder, "hesocial.duckdb");
  const open = () =>
    openLiveDatabase({
      path,
      name: "hesocial",
      storageVersion: "v1.5.0",
      walLimitBytes: 16 * MEBIBYTE,
      clock: systemClock,
      log: createLog("silent"),
      ...options,
    });
  const fixture: LiveFixture = {
    database: await open(),
    folder,
    path,
    read: (sql, params) => one(fixture.database.query(request({ statements: [{ sql, params }], access: "read" }))),
    write: (sql, params) => one(fixture.database.query(request({ statements: [{ sql, params }] }))),
    reopen: async () => {
      fixture.database = await open();
    },
    end: async () => {
      await fixture.database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return fixture;
}

export function request(request: Pick<SqlRequest, "statements"> & Partial<SqlRequest>): SqlRequest {
  return { access: "write", rowLimit: 10_000, timeoutMs: 30_000, ...request };
}

async function one(results: Promise<SqlResult[]>): Promise<SqlResult> {
  const [result] = await results;
  if (result === undefined) throw new Error("no result");
  return result;
}

/** The first three pages of the file, read by another process: reading them here would drop DuckDB's lock. */
export async function headerOf(path: string): Promise<string> {
  const { stdout } = await execute("head", ["-c", "12288", path], { encoding: "buffer" });
  return stdout.toString("hex");
}

export async function copyOf(path: string, target: string): Promise<string> {
  await execute("cp", [path, target]);
  return target;
}
