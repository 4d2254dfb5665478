import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../clock";
import { readBody } from "../read-body";
import type { ObjectStore, StoredObject } from "../storage/object-store";
import { openStore } from "../storage/open-store";
import type { FaultAnswer } from "../storage/testing/faults";
import { type FaultyProxy, startFaultyProxy } from "../storage/testing/faulty-proxy";
import { existing } from "../storage/testing/object-store-suite";
import { type R2Simulator, startR2Simulator } from "../storage/testing/r2-simulator";
import type { BaseFile, UploadJob } from "./protocol";
import { type StoreGate, startStoreGate } from "./testing/store-gate";
import { createSyntheticFiles, type SyntheticFiles } from "./testing/synthetic-file";
import { asBase, uploadHere, uploadJob } from "./testing/upload-here";

const PART_BYTES = 5 * 1024 * 1024;
const BLOCKS_PER_PART = 20;
/** One block and the header more than five whole parts: the last part is a short one. */
const PARTS = 6;
const BLOCKS = 101;
/** Of these the first always differs, for the header lies in it. */
const COPIED_PARTS = [3, 4, 5, 6];
/** Far above what setting some parts aside takes, far below the patience of a request. */
const PROMPT_MS = 5_000;

let folder: string;
let simulator: R2Simulator;
let proxy: FaultyProxy;
let gate: StoreGate;
/** Past all gates. */
let bucket: ObjectStore;
let write: SyntheticFiles;
let oldFile: Buffer;
let newFile: Buffer;
let original: BaseFile;
/** Of the same length as the base, with nothing in common. */
let other: BaseFile;
let runs = 0;

const path = (name: string) => join(folder, name);
const names = (first: number) => Array.from({ length: BLOCKS }, (_, index) => first + index);
const NEW_BLOCKS = names(1).with(BLOCKS_PER_PART + 5, 5_000);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-base-"));
  simulator = await startR2Simulator();
  proxy = await startFaultyProxy({ target: simulator.settings });
  gate = await startStoreGate(proxy.settings);
  bucket = await openStore(simulator.settings, { clock: systemClock, writeSpacingMs: 0 });
  write = await createSyntheticFiles();
  oldFile = await write(path("old"), { iteration: 1, blocks: names(1) });
  newFile = await write(path("new"), { iteration: 2, blocks: NEW_BLOCKS });
  await write(path("other"), { iteration: 3, blocks: names(1_000) });
  original = await store("old");
  other = await store("other");
});

afterEach(() => {
  proxy.clear();
  proxy.requests.length = 0;
  gate.clear();
});

afterAll(async () => {
  await gate.stop();
  await proxy.stop();
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

async function store(name: string): Promise<BaseFile> {
  const job = jobFor(name);
  return asBase(job, (await uploadHere({ ...job, store: simulator.settings })).result);
}

function jobFor(name: string, change: Partial<UploadJob> = {}): UploadJob {
  runs += 1;
  return uploadJob({
    databasePath: path(name),
    store: gate.settings,
    key: `backups/run-${runs}.duckdb`,
    partBytes: PART_BYTES,
    scratchFile: path(`rest-${runs}`),
    ...change,
  });
}

async function lookAt(key: string): Promise<StoredObject> {
  const object = await bucket.head(key);
  if (!object) throw new Error(`nothing is stored under ${key}`);
  return object;
}

/** The base under a key of its own, so that a test may take it away. */
async function freshBase(): Promise<BaseFile> {
  runs += 1;
  const key = `backups/base-${runs}.duckdb`;
  const { etag } = await bucket.copy(await lookAt(original.key), key, {});
  return { ...original, key, etag };
}

async function replaceBase({ key }: BaseFile): Promise<void> {
  await bucket.copy(await lookAt(other.key), key, {});
}

/** A promise and the word that settles it. */
function signalled<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const stored = async ({ key }: UploadJob) => readBody(await existing(bucket.get(key)));

async function expectNewFile(job: UploadJob): Promise<void> {
  expect((await stored(job)).equals(newFile)).toBe(true);
}

const refuse = (status: number, code: string): FaultAnswer => ({ kind: "status", status, code });

test("with a sound base only the parts that differ are sent", async () => {
  const job = jobFor("new", { base: await freshBase() });
  const { result, sent, copied } = await uploadHere(job);
  await expectNewFile(job);
  expect({ sent, copied }).toEqual({ sent: [1, 2], copied: COPIED_PARTS });
  expect(result).toMatchObject({ sentBytes: 2 * PART_BYTES, unchanged: false, copyGivenUp: false });
  expect(gate.partNumbers("putPart", job.key).sort()).toEqual([1, 2]);
});

test("a base that was deleted, or replaced, before the run is left alone: everything is sent", async () => {
  const deleted = await freshBase();
  await bucket.delete(deleted.key);
  const replaced = await freshBase();
  await replaceBase(replaced);
  for (const base of [deleted, replaced]) {
    const job = jobFor("new", { base });
    const { result, copied } = await uploadHere(job);
    await expectNewFile(job);
    expect(copied).toEqual([]);
    expect(gate.partNumbers("copyPart", job.key)).toEqual([]);
    expect(result).toMatchObject({ sentBytes: newFile.length, reusedBytes: 0 });
  }
});

test("a base that is deleted between the look and the first copy costs the copies, not the backup", async () => {
  const base = await freshBase();
  const gone = { done: null as Promise<void> | null };
  gate.before("copyPart", () => {
    gone.done ??= bucket.delete(base.key);
    return gone.done;
  });
  const job = jobFor("new", { base });
  const { result } = await uploadHere(job);
  await expectNewFile(job);
  expect(result).toMatchObject({ sentBytes: newFile.length, reusedBytes: 0, copyGivenUp: true });
});

test("a base that is replaced between the first and the last copy is noticed, and every copied part is sent again", async () => {
  const base = await freshBase();
  let copies = 0;
  // The last copy waits for the others, then takes its bytes of the wrong object: only the look after it can tell.
  gate.before(
    "copyPart",
    async () => {
      while (copies < COPIED_PARTS.length - 1) await systemClock.sleep(10);
      await replaceBase(base);
    },
    ({ partNumber }) => partNumber === PARTS,
  );
  const job = jobFor("new", { base });
  const { result, sent, copied } = await uploadHere(job, {
    onMessage: (message) => {
      if (message.type === "part-stored" && message.part.how === "copied") copies += 1;
    },
  });
  expect(copied).toEqual(COPIED_PARTS);
  expect(sent).toEqual([1, 2, 3, 4, 5, 6]);
  await expectNewFile(job);
  expect(result).toMatchObject({ sentBytes: newFile.length, reusedBytes: 0, copyGivenUp: true });
});

test("a copy that is answered with 200 and an error is sent instead; the other parts are still copied", async () => {
  proxy.inject({
    fault: refuse(200, "PreconditionFailed"),
    when: (request) => request.verb === "copyPart" && request.query.get("partNumber") === "4",
  });
  const job = jobFor("new", { base: await freshBase() });
  const { result, sent, copied } = await uploadHere(job);
  await expectNewFile(job);
  expect({ sent, copied }).toEqual({ sent: [1, 2, 4], copied: [3, 5, 6] });
  expect(result).toMatchObject({ sentBytes: 3 * PART_BYTES, copyGivenUp: false });
});

test("a copy that fails once inside a 200 is copied at the second try", async () => {
  proxy.inject({ fault: refuse(200, "InternalError"), when: (request) => request.verb === "copyPart", times: 1 });
  const job = jobFor("new", { base: await freshBase() });
  const { copied } = await uploadHere(job);
  await expectNewFile(job);
  expect(copied).toEqual(COPIED_PARTS);
});

test("when no copy works, copying is given up and all is sent", async () => {
  proxy.inject({ fault: refuse(200, "PreconditionFailed"), when: (request) => request.verb === "copyPart" });
  const job = jobFor("new", { base: await freshBase() });
  const { result, copied } = await uploadHere(job);
  await expectNewFile(job);
  expect(copied).toEqual([]);
  expect(result).toMatchObject({ sentBytes: newFile.length, reusedBytes: 0, copyGivenUp: true });
});

test("where the store refuses to copy a whole object, an unchanged file is sent in parts", async () => {
  proxy.inject({ fault: refuse(501, "NotImplemented"), when: (request) => request.verb === "copy" });
  for (const sameHistory of [true, false]) {
    const job = jobFor("old", { base: { ...(await freshBase()), sameHistory } });
    const { result } = await uploadHere(job);
    expect((await stored(job)).equals(oldFile)).toBe(true);
    expect(result).toMatchObject({ unchanged: false, sentBytes: oldFile.length, reusedBytes: 0 });
  }
});

test("an answer to the last request that is lost on the way is no failure", async () => {
  proxy.inject({ fault: { kind: "reset-after" }, when: (request) => request.verb === "complete", times: 1 });
  const job = jobFor("new", { base: await freshBase() });
  const { result, messages } = await uploadHere(job);
  await expectNewFile(job);
  expect(result.etag).toBe((await lookAt(job.key)).etag);
  expect(messages.at(-1)?.type).toBe("upload-over");
});

for (const verb of ["putPart", "copyPart", "complete"] as const) {
  test(`an upload that is dropped behind the worker's back at ${verb} shows nothing and is told as gone`, async () => {
    const job = jobFor("new", { base: await freshBase(), keepUnfinished: true });
    let uploadId = "";
    gate.before(verb, () => bucket.abortMultipart(job.key, uploadId));
    const types: string[] = [];
    const run = uploadHere(job, {
      onMessage: (message) => {
        types.push(message.type);
        if (message.type === "upload-started") uploadId = message.uploadId;
      },
    });
    await expect(run).rejects.toMatchObject({ code: "storage_upload_gone" });
    expect(await bucket.head(job.key)).toBeNull();
    expect(types.at(-1)).toBe("upload-over");
    expect(types.filter((type) => type === "released")).toHaveLength(1);
  });
}

test("the hold ends at once when it must, with copies waiting for the store; those that then fail are sent from what was set aside", async () => {
  const letCopiesGo = signalled<void>();
  const released = signalled<string>();
  const spillWanted = signalled<void>();
  const asked = signalled<void>();
  gate.before("copyPart", () => {
    asked.resolve();
    return letCopiesGo.promise;
  });
  proxy.inject({
    fault: refuse(200, "PreconditionFailed"),
    when: (request) => request.verb === "copyPart" && request.query.get("partNumber") === "5",
  });
  await writeFile(path("live"), newFile);
  const job = jobFor("live", { base: await freshBase() });
  const run = uploadHere(job, {
    spillWanted: spillWanted.promise,
    onMessage: (message) => {
      if (message.type === "released") released.resolve("released");
    },
  });
  await asked.promise;
  spillWanted.resolve();
  expect(await Promise.race([released.promise, systemClock.sleep(PROMPT_MS).then(() => "still held")])).toBe(
    "released",
  );
  // The next checkpoint may write what it likes.
  await writeFile(path("live"), Buffer.alloc(newFile.length, 0xee));
  letCopiesGo.resolve();
  const { result, sent } = await run;
  await expectNewFile(job);
  expect(sent).toEqual([1, 2, 5]);
  expect(result.spilledBytes).toBeGreaterThan(0);
});

test("no more bodies are on their way than the job allows, also when copied parts have to be sent after all", async () => {
  proxy.inject({ fault: refuse(200, "PreconditionFailed"), when: (request) => request.verb === "copyPart" });
  for (const partsInFlight of [1, 2]) {
    gate.clear();
    gate.before("putPart", () => systemClock.sleep(100));
    const job = jobFor("new", { base: await freshBase(), partsInFlight });
    await uploadHere(job);
    expect(gate.mostAtOnce("putPart")).toBe(partsInFlight);
  }
});
