import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { createClient } from "@libsql/client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { OperationView } from "../control/types";
import type { FaultAnswer } from "../storage/testing/faults";
import { type FaultyProxy, type ProxiedRequest, startFaultyProxy } from "../storage/testing/faulty-proxy";
import { type R2Simulator, startR2Simulator } from "../storage/testing/r2-simulator";
import { ADMIN, type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";
import { killWorkers } from "../worker/testing/kill-worker";
import { type StoreGate, startStoreGate } from "../worker/testing/store-gate";

/** Past the longest pause between two tries of one backup. */
const LONGEST_PAUSE_MS = 31_000;
/** Past the pause between two rounds of the clean-up. */
const CLEAN_UP_PAUSE_MS = 61_000;
const PART_BYTES = 8 * 1024 * 1024;
/** A permanent answer: the store's own patience is not what is tested here. */
const REFUSED: FaultAnswer = { kind: "status", status: 400, code: "InvalidRequest" };

let simulator: R2Simulator;
let proxy: FaultyProxy;
let gate: StoreGate;
let server: RuntimeFixture;

beforeAll(async () => {
  simulator = await startR2Simulator();
  proxy = await startFaultyProxy({ target: simulator.settings });
  gate = await startStoreGate(proxy.settings);
  server = await startRuntime({ storage: gate.settings, look: simulator.settings });
  // Hashes do not compress: three parts.
  await server.sql(
    "CREATE TABLE filler AS SELECT range AS id, hash(range) AS a, hash(range + 7) AS b FROM range(1100000)",
  );
  await server.sql("CREATE TABLE small (id INTEGER, text TEXT)");
});

afterEach(() => {
  proxy.clear();
  gate.clear();
  proxy.requests.length = 0;
});

afterAll(async () => {
  await server?.stop();
  await server?.remove();
  await gate.stop();
  await proxy.stop();
  await simulator.stop();
});

/** One backup; the pauses between its tries pass at once. `onWaiting` is called in each of them. */
async function backUp(onWaiting: () => Promise<unknown> = async () => undefined): Promise<OperationView> {
  const { operationId } = await server.nestegg.backups.create(ADMIN, {});
  const ended = server.nestegg.operations.wait(operationId);
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  let isWaiting = false;
  while (!isOver) {
    const { state, summary } = await server.nestegg.operations.get(operationId);
    const waits = state === "waiting" && (summary ?? "").startsWith("Waiting for the storage");
    if (waits && !isWaiting) await onWaiting();
    isWaiting = waits;
    if (waits) server.clock.move(LONGEST_PAUSE_MS);
    await pause(20);
  }
  const view = await ended;
  // Its verification has a worker too, and edits the manifest.
  await server.settled();
  return view;
}

/** Numbers of the parts that the store took, sent or copied, repeats included. */
function takenParts(): number[] {
  return proxy.requests
    .filter(({ verb, status }) => (verb === "putPart" || verb === "copyPart") && status === 200)
    .map(({ query }) => Number(query.get("partNumber")))
    .sort((a, b) => a - b);
}

const count = (verb: string) => proxy.requests.filter((request) => request.verb === verb).length;
const partCount = (bytes: number) => Math.ceil(bytes / PART_BYTES);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** The first part, which always differs, comes to the store when all others of this try are there. */
function holdFirstPartBack(others: number): void {
  gate.before(
    "putPart",
    async () => {
      while (takenParts().length < others) await pause(10);
    },
    ({ partNumber }) => partNumber === 1,
  );
}

const isFirstPart = ({ verb, query }: ProxiedRequest) => verb === "putPart" && query.get("partNumber") === "1";

/** What the server's own notes say is unfinished in the bucket. */
async function unfinishedUploads(): Promise<number> {
  const client = createClient({ url: server.settings.controlDatabaseUrl });
  try {
    return (await client.execute("SELECT upload_id FROM uploads")).rows.length;
  } finally {
    client.close();
  }
}

const CONTENT = ["SELECT sum(hash(filler))::VARCHAR, count(*) FROM filler", "SELECT count(*), max(text) FROM small"];

/** The stored file has what the database has now. */
async function expectCurrent(id: string | null): Promise<void> {
  if (!id) throw new Error("the run has no backup");
  const file = join(server.folder, "fetched.duckdb");
  const body = await server.nestegg.backups.read(ADMIN, { id });
  await pipeline(Readable.from(body.stream), createWriteStream(file));
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    for (const sql of CONTENT)
      expect((await connection.runAndReadAll(sql)).getRowsJson()).toEqual(await server.sql(sql));
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(file);
  }
}

/** Every listed backup has its object, and nothing else lies there. */
async function expectNothingHalf(): Promise<void> {
  const keys = await server.keys();
  const objects = keys.filter((key) => key.endsWith(".duckdb"));
  const { backups } = await server.nestegg.backups.list({ fresh: true });
  expect(backups.map(({ id }) => id).sort()).toEqual(objects.map((key) => key.split("/").at(-1)).sort());
  for (const { state } of backups) expect(["stored", "verified", "unverified"]).toContain(state);
  expect(keys.filter(isClaim)).toEqual([]);
  expect(await unfinishedUploads()).toBe(0);
}

const isClaim = (key: string) => key.endsWith(".claim");

const change = (text: string) => server.sql(`INSERT INTO small SELECT range, '${text}' FROM range(50)`);

test("after a failure of the storage the same backup goes on, and what is stored is not sent again", async () => {
  holdFirstPartBack(2);
  proxy.inject({ fault: REFUSED, when: isFirstPart, times: 1 });
  const ended = await backUp();
  expect(ended.state).toBe("ok-retried");
  const size = Number(ended.detail.bytes);
  expect(takenParts()).toEqual(upTo(partCount(size)));
  expect(count("startMultipart")).toBe(1);
  expect(ended.detail).toMatchObject({ sentBytes: size, reusedBytes: 0 });
  await expectCurrent(ended.backupId);
  // Read back by itself like any other.
  const view = await server.nestegg.backups.get(ended.backupId ?? "");
  expect(view.state).toBe("verified");
  // Both tries are in the count, and the server's own claim and manifest.
  const asked = count("startMultipart") + count("putPart") + count("complete") + 2;
  expect(count("putPart")).toBeGreaterThan(partCount(size));
  expect(view.transfer?.requests?.classA).toBe(asked);
  await expectNothingHalf();
});

test("with a base too: copied and sent parts are both kept for the next try, whatever is written in between", async () => {
  await change("before");
  holdFirstPartBack(2);
  proxy.inject({ fault: REFUSED, when: isFirstPart, times: 1 });
  let copiesBefore = 0;
  const ended = await backUp(async () => {
    copiesBefore = count("copyPart");
    await change("in between");
  });
  expect(ended.state).toBe("ok-retried");
  expect(copiesBefore).toBeGreaterThan(0);
  expect(count("startMultipart")).toBe(1);
  // Copied once: only what the write in between has touched is stored anew.
  expect(count("copyPart")).toBe(copiesBefore);
  expect(Number(ended.detail.reusedBytes)).toBeGreaterThan(0);
  expect(Number(ended.detail.sentBytes) + Number(ended.detail.reusedBytes)).toBe(Number(ended.detail.bytes));
  await expectCurrent(ended.backupId);
  await expectNothingHalf();
});

test("when the upload is gone from the store the backup begins a new one", async () => {
  await change("gone");
  holdFirstPartBack(2);
  gate.before(
    "putPart",
    async ({ key }) => {
      const [begun] = proxy.requests.filter(({ verb, query }) => verb === "copyPart" && query.get("uploadId"));
      await server.store.abortMultipart(key, begun?.query.get("uploadId") ?? "");
      gate.clear();
    },
    ({ partNumber }) => partNumber === 1,
  );
  const ended = await backUp();
  expect(ended.error).toBeNull();
  expect(ended.state).toBe("ok-retried");
  expect(count("startMultipart")).toBe(2);
  await expectCurrent(ended.backupId);
  await expectNothingHalf();
});

const KILLS = [
  { when: "with its first part under way", act: "before", verb: "copyPart", outcome: "failed" },
  { when: "with one part left", act: "before", verb: "putPart", outcome: "ok-retried" },
  { when: "when the last part is stored and nobody knows yet", act: "after", verb: "putPart", outcome: "ok-retried" },
  { when: "before the upload is finished", act: "before", verb: "complete", outcome: "ok-retried" },
  { when: "when it is finished and nobody knows yet", act: "after", verb: "complete", outcome: "ok-retried" },
] as const;

for (const { when, act, verb, outcome } of KILLS) {
  test(`a worker that is killed ${when} leaves nothing half: the run is ${outcome}`, async () => {
    await change(when);
    if (verb === "putPart") holdFirstPartBack(2);
    if (verb === "copyPart") gate.before("putPart", () => new Promise(() => undefined));
    let killed = 0;
    gate[act](
      verb,
      async () => {
        if (killed === 0) killed = await killWorkers();
      },
      ({ partNumber }) => verb !== "putPart" || partNumber === 1,
    );
    const ended = await backUp();
    expect(killed).toBe(1);
    expect(ended.state).toBe(outcome);
    if (outcome === "failed") expect(ended.error?.code).toBe("worker_died");
    else await expectCurrent(ended.backupId);
    await expectNothingHalf();
  });
}

test("a storage that stays away fails the backup; nothing is listed, and the clean-up drops the upload when the storage is back", async () => {
  await change("away");
  const { backups: before } = await server.nestegg.backups.list({ fresh: true });
  holdFirstPartBack(2);
  proxy.inject({ fault: REFUSED, when: isFirstPart });
  proxy.inject({ fault: REFUSED, when: ({ verb }) => verb === "abort" });
  let waits = 0;
  const ended = await backUp(async () => {
    waits += 1;
  });
  expect(ended).toMatchObject({ state: "failed", error: { code: "storage_failed" } });
  expect(waits).toBe(3);
  expect(await unfinishedUploads()).toBe(1);
  const { backups: after } = await server.nestegg.backups.list({ fresh: true });
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  proxy.clear();
  const isLeftOver = async () => (await unfinishedUploads()) > 0 || (await server.keys()).some(isClaim);
  while (await isLeftOver()) {
    server.clock.move(CLEAN_UP_PAUSE_MS);
    await pause(100);
  }
  await server.settled();
  await expectNothingHalf();
});

test("a restore goes on when its safety backup needed a second try", async () => {
  await change("live, in no backup yet");
  const { backups } = await server.nestegg.backups.list({ fresh: true });
  const oldest = backups.at(-1)?.id ?? "";
  proxy.requests.length = 0;
  holdFirstPartBack(1);
  proxy.inject({ fault: REFUSED, when: isFirstPart, times: 1 });
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: oldest });
  let isOver = false;
  const ended = server.nestegg.operations.wait(operationId).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const { operations } = await server.nestegg.operations.list({ limit: 5, kinds: ["backup"], states: ["waiting"] });
    if (operations.length > 0) server.clock.move(LONGEST_PAUSE_MS);
    await pause(20);
  }
  expect((await ended).state).toBe("ok");
  const { operations } = await server.nestegg.operations.list({ limit: 1, kinds: ["backup"], states: ["ok-retried"] });
  expect(operations[0]).toMatchObject({ title: "Backup, safety", state: "ok-retried" });
  await server.settled();
});
