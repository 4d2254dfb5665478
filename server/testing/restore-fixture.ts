import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import type { OperationView } from "../control/types";
import { ADMIN, type RuntimeFixture, startRuntime } from "./runtime-fixture";

type StartOptions = NonNullable<Parameters<typeof startRuntime>[0]>;

/** For one test file: servers whose folders go when their test is over, and other things to end with it. */
export function serversOfTests() {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return {
    afterTest: (end: () => Promise<unknown>) => ends.push(end),
    async start(options: StartOptions = {}): Promise<RuntimeFixture> {
      const server = await startRuntime(options);
      if (!options.folder) ends.push(() => server.remove());
      return server;
    },
  };
}

export async function ended(server: RuntimeFixture, started: Promise<{ operationId: string }>): Promise<OperationView> {
  return server.nestegg.operations.wait((await started).operationId);
}

/** Starts a restore and resolves with its end. */
export const restore = (server: RuntimeFixture, id: string, more: { withoutSafetyBackup?: boolean } = {}) =>
  ended(server, server.nestegg.restores.start(ADMIN, { id, ...more }));

export const undoRestore = (server: RuntimeFixture, more: { withoutSafetyBackup?: boolean } = {}) =>
  ended(server, server.nestegg.restores.undo(ADMIN, more));

/** What lies beside the database but its own write-ahead log: kept files, downloads, journals. */
export async function besideDatabase({ settings }: RuntimeFixture): Promise<string[]> {
  const live = basename(settings.databasePath);
  const names = await readdir(dirname(settings.databasePath));
  return names.filter((name) => name.startsWith(`${live}.`) && name !== `${live}.wal`).sort();
}

export interface Holder {
  pid: number;
  letGo(): Promise<void>;
}

/** Another process that has the file open in DuckDB. */
export async function openElsewhere(path: string, access: "READ_ONLY" | "READ_WRITE"): Promise<Holder> {
  const program = `
    const { DuckDBInstance } = require("@duckdb/node-api");
    DuckDBInstance.create(process.argv[1], { access_mode: process.argv[2] }).then(() => process.send("open"));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["-e", program, path, access], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  await once(child, "message");
  return {
    pid: child.pid ?? 0,
    async letGo() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
