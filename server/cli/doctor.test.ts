import { cp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { systemClock } from "../clock";
import { lockDataFolder } from "../control/data-folder-lock";
import { decideSwap } from "../database/swap";
import { type MadeBucket, makeBucket } from "./testing/make-bucket";
import { stateOf } from "./testing/read-database";
import { runNestegg } from "./testing/run-nestegg";

vi.setConfig({ testTimeout: 180_000 });

const AWAY = { R2_ENDPOINT: "http://127.0.0.1:9" };
let bucket: MadeBucket;
beforeAll(async () => {
  bucket = await makeBucket();
}, 240_000);
afterAll(() => bucket.stop());

async function stopped(): Promise<string> {
  const folder = await bucket.emptyFolder();
  await cp(bucket.serverFolder, folder, { recursive: true });
  return folder;
}

async function examine(folder: string, environment: Record<string, string> = {}) {
  const ended = await runNestegg(["doctor", "--json"], {
    environment: { ...bucket.environment, DATA_DIR: folder, ...environment },
  });
  return { ...ended, finding: (code: string) => ended.json.findings?.find((row) => row.code === code) };
}

test("a sound machine has no fault, and every block and row of the database was read", async () => {
  const folder = await stopped();
  const sound = await examine(folder);
  expect(sound).toMatchObject({ code: 0, stderr: "", json: { success: true, healthy: true, faults: 0 } });
  expect(sound.finding("write")).toMatchObject({ state: "ok" });
  expect(sound.finding("newest-backup")).toMatchObject({ state: "ok", text: expect.stringContaining(bucket.newer) });
  expect(sound.finding("database")).toMatchObject({
    state: "ok",
    text: expect.stringContaining("every row of 2 tables"),
  });
  expect(sound.finding("disk")).toMatchObject({ state: "ok" });
  const said = await runNestegg(["doctor"], {
    environment: { ...bucket.environment, DATA_DIR: folder },
  });
  expect(said.stdout).toMatch(/^ok +Settings: /);
  expect(said.stdout).toMatch(/no faults, no warnings\n$/);
});

test("a damaged block, a missing file, a foreign holder and a half-done exchange are faults, each with what to do", async () => {
  const folder = await stopped();
  const live = join(folder, "hesocial.duckdb");
  const holder = await DuckDBInstance.create(live);
  const held = await examine(folder);
  holder.closeSync();
  expect(held).toMatchObject({ code: 1, json: { success: false, healthy: false } });
  expect(held.finding("database")).toMatchObject({
    state: "fault",
    text: expect.stringContaining(String(process.pid)),
  });

  const file = await open(live, "r+");
  await file.write(Buffer.from("damage"), 0, 6, 5_000_000);
  await file.close();
  const damaged = await examine(folder);
  expect(damaged.code).toBe(1);
  expect(damaged.finding("database")).toMatchObject({
    state: "fault",
    hint: expect.stringContaining("restore latest"),
  });

  await cp(live, `${live}.new`);
  const plan = { databasePath: live, reason: "restore", newDatabase: `${live}.new`, newWal: null } as const;
  await decideSwap({ ...plan, keptPath: `${live}.before-restore-20240101-000000` }, systemClock);
  const half = await examine(folder);
  expect(half.finding("swap")).toMatchObject({ state: "fault", hint: expect.stringContaining("Start Nestegg") });

  await rm(`${live}.swap.json`);
  await rm(live);
  expect((await examine(folder)).finding("database")).toMatchObject({
    state: "fault",
    hint: expect.stringContaining("restore latest"),
  });
  const away = await examine(folder, AWAY);
  expect(away.finding("database")?.hint).toContain("a start creates nothing");
  expect(away.finding("clock")?.text).toBe("the storage has not told its time");
});

test("a file that an exchange has brought in and that does not read is put back by the next restore or undo", async () => {
  const folder = await stopped();
  const live = join(folder, "hesocial.duckdb");
  await cp(live, `${live}.incoming-x`);
  const file = await open(`${live}.incoming-x`, "r+");
  await file.write(Buffer.from("damage"), 0, 6, 5_000_000);
  await file.close();
  const plan = { databasePath: live, reason: "restore", newDatabase: `${live}.incoming-x`, newWal: null } as const;
  await decideSwap({ ...plan, keptPath: `${live}.before-restore-20240101-000000` }, systemClock);
  const undone = await runNestegg(["restore", "--undo", "--yes"], {
    environment: { ...bucket.environment, DATA_DIR: folder },
  });
  // The swap is undone; beyond that there is nothing to undo.
  expect(undone.code).toBe(3);
  expect(undone.stderr).toContain("It is undone: the database from before is back, whole.");
  expect(await stateOf(live)).toBe("third 200000");
});

test("while a server owns the folder its database is left alone; bad settings and an absent storage are faults", async () => {
  const folder = await stopped();
  const lock = await lockDataFolder(folder);
  const owned = await examine(folder);
  await lock.release();
  expect(owned).toMatchObject({ code: 0 });
  expect(owned.finding("database")).toMatchObject({ state: "ok", text: expect.stringContaining(`pid ${process.pid}`) });

  const away = await examine(folder, AWAY);
  expect(away.code).toBe(1);
  expect(away.finding("reach")).toMatchObject({ state: "fault" });
  expect(away.finding("database")).toMatchObject({ state: "ok" });

  const bad = await examine(folder, { PORT: "many" });
  expect(bad).toMatchObject({ code: 1, json: { faults: 1 } });
  expect(bad.finding("settings")).toMatchObject({ state: "fault", text: expect.stringContaining("PORT") });
});
