import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../clock";
import { readBody } from "../read-body";
import { openStore } from "../storage/open-store";
import { type FaultyProxy, startFaultyProxy } from "../storage/testing/faulty-proxy";
import { existing } from "../storage/testing/object-store-suite";
import { type R2Simulator, startR2Simulator } from "../storage/testing/r2-simulator";
import type { ToWorker, UploadJob } from "./protocol";
import { runJob } from "./run-job";

const PARTS_IN_FLIGHT = 2;
/** Far above what setting a few megabytes aside takes, far below a request's own time limit. */
const PROMPT_MS = 5_000;

let folder: string;
let databasePath: string;
let simulator: R2Simulator;
let proxy: FaultyProxy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-held-"));
  databasePath = join(folder, "app.duckdb");
  const instance = await DuckDBInstance.create(databasePath);
  const connection = await instance.connect();
  await connection.run(
    "CREATE TABLE t AS SELECT range AS id, md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS text FROM range(600000)",
  );
  await connection.run("CHECKPOINT");
  connection.closeSync();
  instance.closeSync();
  simulator = await startR2Simulator();
  proxy = await startFaultyProxy({ target: simulator.settings });
});

afterEach(() => proxy.clear());

afterAll(async () => {
  await proxy.stop();
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An upload, what it asked of the store so far, and the word that the hold may go. */
function startUpload(key: string) {
  const cancel = new AbortController();
  const job: UploadJob = {
    kind: "upload",
    databasePath,
    store: proxy.settings,
    key,
    partBytes: 5 * 1024 * 1024,
    partsInFlight: PARTS_IN_FLIGHT,
    metadata: { type: "manual" },
    contentDisposition: 'attachment; filename="app.duckdb"',
    scratchFile: join(folder, "rest"),
    base: null,
    unfinished: null,
    keepUnfinished: false,
    knownSendRate: null,
    budgetMs: null,
  };
  let send: (message: ToWorker) => void = () => {};
  let released = () => {};
  const letGo = new Promise<string>((resolve) => {
    released = () => resolve("released");
  });
  const result = runJob(job, {
    signal: cancel.signal,
    lowPriority: false,
    cancelGraceMs: 100,
    onStart: (toWorker) => {
      send = toWorker;
    },
    onMessage: (message) => {
      if (message.type === "released") released();
    },
  });
  const asked = (verb: string) => proxy.requests.filter((request) => request.verb === verb && request.key === key);
  return {
    result,
    cancel,
    spill: () => send({ type: "spill" }),
    until: async (verb: string, count: number) => {
      while (asked(verb).length < count) await systemClock.sleep(20);
    },
    letGoPromptly: () => Promise.race([letGo, systemClock.sleep(PROMPT_MS).then(() => "still held")]),
  };
}

test("with every part stuck in a store that answers nothing but errors, the rest is set aside at once and the object is the same", async () => {
  proxy.inject({ fault: { kind: "unavailable" }, when: (request) => request.verb === "putPart" });
  const upload = startUpload("backups/stuck.duckdb");
  await upload.until("putPart", PARTS_IN_FLIGHT);
  upload.spill();
  expect(await upload.letGoPromptly()).toBe("released");
  proxy.clear();
  const { bytes, spilledBytes } = await upload.result;
  expect(spilledBytes).toBeGreaterThan(0);
  const store = await openStore(simulator.settings, { clock: systemClock });
  const object = await readBody(await existing(store.get("backups/stuck.duckdb")));
  expect(object.equals((await readFile(databasePath)).subarray(0, bytes))).toBe(true);
});

for (const verb of ["startMultipart", "putPart"] as const) {
  test(`a network that is silent at ${verb} does not keep the hold`, async () => {
    proxy.inject({ fault: { kind: "never-answer" }, when: (request) => request.verb === verb });
    const upload = startUpload(`backups/silent-${verb}.duckdb`);
    const ended = expect(upload.result).rejects.toMatchObject({ code: "cancelled" });
    await upload.until(verb, 1);
    upload.spill();
    expect(await upload.letGoPromptly()).toBe("released");
    upload.cancel.abort();
    await ended;
  });
}

test("a run that has failed lets go before it drops its upload from a silent store", async () => {
  proxy.inject({ fault: { kind: "forbidden" }, when: (request) => request.verb === "putPart" });
  proxy.inject({ fault: { kind: "never-answer" }, when: (request) => request.verb === "abort" });
  const upload = startUpload("backups/failed.duckdb");
  const ended = upload.result.catch((error: { code: string }) => error.code);
  await upload.until("abort", 1);
  expect(await upload.letGoPromptly()).toBe("released");
  const cancelledAt = Date.now();
  upload.cancel.abort();
  expect(await ended).toBe("cancelled");
  // The grace of this run, not the longer one of every other.
  expect(Date.now() - cancelledAt).toBeLessThan(3_000);
});
