import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { OperationView } from "../../control/types";
import type { UploadVerbs, UploadView } from "../../nestegg-restore";
import { makeDatabase } from "../../testing/brought-database";
import { ADMIN, type RuntimeFixture, startRuntime } from "../../testing/runtime-fixture";

export const BROUGHT_ROWS = 700_000;

/** One server a test, and a database that is brought to it. */
export interface BroughtUploads {
  server: RuntimeFixture;
  /** The whole file; nobody may write into it. */
  database: Buffer;
  folder: string;
  uploads(): UploadVerbs;
  begin(bytes?: number): Promise<UploadView>;
  /** With the end of the run that it begins. */
  finish(id: string, note?: string): Promise<OperationView>;
  /** Files that are being brought, as they lie in the data folder. */
  filesHere(): Promise<string[]>;
  backupKeys(): Promise<string[]>;
}

export function uploadsOfTests(): BroughtUploads {
  const t = {
    uploads: () => t.server.nestegg.uploads,
    begin: (bytes = t.database.length) => t.uploads().begin(ADMIN, { fileName: "brought.duckdb", bytes }),
    async finish(id, note) {
      const { operationId } = await t.uploads().finish(ADMIN, { id, note });
      return t.server.nestegg.operations.wait(operationId);
    },
    async filesHere() {
      const scratch = join(t.server.folder, "scratch");
      const names = await readdir(scratch, { recursive: true });
      return names.filter((name) => name.endsWith(".duckdb")).map((name) => join(scratch, name));
    },
    backupKeys: async () => (await t.server.keys()).filter((key) => !key.endsWith("owner.json")),
  } as BroughtUploads;
  beforeAll(async () => {
    t.folder = await mkdtemp(join(tmpdir(), "nestegg-brought-"));
    t.database = await makeDatabase(join(t.folder, "brought.duckdb"), BROUGHT_ROWS);
  }, 60_000);
  afterAll(() => rm(t.folder, { recursive: true, force: true }));
  beforeEach(async () => {
    t.server = await startRuntime();
  });
  afterEach(async () => {
    await t.server.stop().catch(() => undefined);
    await t.server.remove();
  });
  return t;
}
