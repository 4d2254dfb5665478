import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect } from "vitest";
import type { BackupView } from "../nestegg";
import { type BusyWriters, expectOneInstant } from "./busy-writers";
import { ADMIN, type RuntimeFixture } from "./runtime-fixture";

/** One backup while the writers run, fetched and judged. */
export async function expectConsistentBackup(server: RuntimeFixture, writers: BusyWriters): Promise<BackupView> {
  const atLeast = writers.confirmed();
  const backup = await server.backUp();
  // One more may be committed and not yet confirmed when the snapshot is taken; none after the backup's end can be in it.
  const atMost = writers.confirmed() + 1;
  const file = join(server.folder, "fetched.duckdb");
  const body = await server.nestegg.backups.read(ADMIN, { id: backup.id });
  await pipeline(Readable.from(body.stream), createWriteStream(file));
  await expectOneInstant(file, { atLeast, atMost });
  await rm(file);
  await rm(`${file}.wal`, { force: true });
  expect(writers.failures()).toEqual([]);
  return backup;
}
