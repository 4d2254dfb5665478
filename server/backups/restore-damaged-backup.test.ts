import { createHash } from "node:crypto";
import { open, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackupView } from "../nestegg";
import { besideDatabase, restore } from "../testing/restore-fixture";
import { type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";
import { fillOrders } from "./testing/fill-orders";
import { flipBit } from "./testing/flip-bit";

const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
const objectOf = (server: RuntimeFixture, { id }: Pick<BackupView, "id">) =>
  join(server.folder, "bucket", "backups", id);

const damages: [string, (server: RuntimeFixture, backup: BackupView) => Promise<void>, string][] = [
  ["one flipped byte in a header", (server, backup) => flipBit(objectOf(server, backup), 4_100), "backup_damaged"],
  [
    "one flipped byte in a block",
    (server, backup) => flipBit(objectOf(server, backup), 12_288 + 262_144 + 5_000),
    "backup_damaged",
  ],
  ["an object that is cut short", async (server, backup) => truncateBy(objectOf(server, backup), 1), "backup_missing"],
  ["an object that is gone", (server, backup) => rm(objectOf(server, backup)), "backup_missing"],
  ["a manifest that is gone", (server, backup) => rm(`${objectOf(server, backup)}.json`), "conflict"],
];

// One server for all: a restore that is refused leaves it as it was, which is what each test says.
let server: RuntimeFixture;
const backups: BackupView[] = [];
beforeAll(async () => {
  server = await fillOrders(await startRuntime());
  for (let made = 0; made < damages.length; made += 1) backups.push(await server.backUp({ verify: true }));
  // The live file must not have the damaged part to give.
  await server.sql("DROP TABLE ballast");
  await server.sql("DROP TABLE orders");
  await server.sql("CREATE TABLE other AS SELECT range AS id, sha256(range::VARCHAR) AS text FROM range(30000)");
  await server.backUp();
}, 120_000);
afterAll(async () => {
  await server.settled();
  await server.stop();
  await server.remove();
});

test.each(damages)("%s: the restore refuses before the live file is touched", async (_name, damage, code) => {
  const backup = backups.pop();
  if (!backup) throw new Error("a backup for each damage");
  await damage(server, backup);
  await server.nestegg.backups.list({ fresh: true });
  const before = await sha256(server.settings.databasePath);
  const said = await restore(server, backup.id).then(
    (ended) => ended.error?.code,
    (error: { code: string }) => error.code,
  );
  expect(said).toBe(code);
  expect(await server.sql("SELECT count(*) FROM other")).toEqual([["30000"]]);
  expect(await sha256(server.settings.databasePath)).toBe(before);
  expect(await besideDatabase(server)).toEqual([]);
  expect(await server.nestegg.restores.kept()).toEqual([]);
});

async function truncateBy(path: string, bytes: number): Promise<void> {
  const { size } = await stat(path);
  const file = await open(path, "r+");
  await file.truncate(size - bytes);
  await file.close();
}
