import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { RescueInput, RescueReport } from "./rescue";

/** For tests only: databases as a crash leaves them, and ways to see that nothing was touched. */

export interface Options {
  storageVersion?: string;
}

/**
 * Runs the statements with automatic checkpoints off and copies file and WAL at rest: what a SIGKILL leaves, without
 * the price of a process.
 */
export async function crashedCopy(path: string, statements: string[], options: Options = {}): Promise<void> {
  const source = `${path}.source`;
  await withDatabase(
    source,
    async (connection) => {
      for (const sql of statements) await connection.run(sql);
      copyFileSync(source, path);
      if (existsSync(`${source}.wal`)) copyFileSync(`${source}.wal`, `${path}.wal`);
    },
    options,
  );
}

export async function withDatabase<T>(
  path: string,
  work: (connection: DuckDBConnection) => Promise<T>,
  options: Options = {},
): Promise<T> {
  const instance = await DuckDBInstance.create(path, {
    checkpoint_threshold: "1TB",
    storage_compatibility_version: options.storageVersion ?? "v1.5.0",
  });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export async function valuesOf(path: string, sql: string): Promise<unknown[][]> {
  return withDatabase(path, async (connection) => (await connection.runAndReadAll(sql)).getRowsJson());
}

/** A process that opens the file, runs the statements, then repeats `loop` for ever; resolves at its first commit of it. */
export async function startWriter(path: string, statements: string[], loop: string): Promise<Writer> {
  const script = `
    import { DuckDBInstance } from "@duckdb/node-api";
    const { path, statements, loop } = JSON.parse(process.argv[1]);
    const options = { checkpoint_threshold: "1TB", storage_compatibility_version: "v1.5.0" };
    const connection = await (await DuckDBInstance.create(path, options)).connect();
    for (const sql of statements) await connection.run(sql);
    for (let n = 1; ; n++) {
      await connection.run(loop.replaceAll(":n", String(n)));
      process.stdout.write(n + "\\n");
    }`;
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", script, JSON.stringify({ path, statements, loop })],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  let acknowledged = 0;
  let waiting: { number: number; resolve: () => void }[] = [];
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (text) => {
      // A line may arrive in two pieces; a piece of a number is smaller than the number.
      for (const line of String(text).split("\n")) acknowledged = Math.max(acknowledged, Number(line));
      for (const { number, resolve: reached } of waiting) if (acknowledged >= number) reached();
      waiting = waiting.filter(({ number }) => acknowledged < number);
      resolve();
    });
    child.once("exit", (code) => reject(new Error(`the writer ended with ${code}`)));
  });
  return {
    pid: child.pid ?? 0,
    acknowledged: () => acknowledged,
    reaches: (number) =>
      new Promise((resolve) => {
        if (acknowledged >= number) resolve();
        else waiting.push({ number, resolve });
      }),
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

export interface Writer {
  pid: number;
  /** The last number of `loop` whose commit was confirmed. */
  acknowledged(): number;
  reaches(number: number): Promise<void>;
  kill(): Promise<void>;
}

/** As the server does it: in a process of its own. */
export async function rescueInChild(input: RescueInput): Promise<RescueReport> {
  const script = `
    const { rescueFile } = await import(${JSON.stringify(new URL("./rescue.ts", import.meta.url).href)});
    process.stdout.write(JSON.stringify(await rescueFile(JSON.parse(process.argv[1]))));`;
  const parameters = ["--import", "tsx", "--input-type=module", "-e", script, JSON.stringify(input)];
  const { stdout } = await promisify(execFile)(process.execPath, parameters);
  return JSON.parse(stdout) as RescueReport;
}

/** Every file below the folder with its hash. */
export function bytesOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    const path = join(folder, name);
    found[name] = statSync(path).isDirectory()
      ? "folder"
      : createHash("sha256").update(readFileSync(path)).digest("hex");
  }
  return found;
}
