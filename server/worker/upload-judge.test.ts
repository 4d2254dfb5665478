import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../clock";
import { readBody } from "../read-body";
import { openStore } from "../storage/open-store";
import { existing } from "../storage/testing/object-store-suite";
import { type R2Simulator, startR2Simulator } from "../storage/testing/r2-simulator";
import type { BaseFile, UploadJob } from "./protocol";
import { type StoreGate, startStoreGate } from "./testing/store-gate";
import { createSyntheticFiles } from "./testing/synthetic-file";
import { asBase, uploadHere, uploadJob } from "./testing/upload-here";

const PART_BYTES = 5 * 1024 * 1024;
const BLOCKS_PER_PART = 20;
/** Eight copies go at once and eight are judged: only with more than sixteen are some left to be sent instead. */
const PARTS = 18;
const BLOCKS = (PARTS - 1) * BLOCKS_PER_PART + 1;
const SLOW_MS = 1_500;
/** A line that no simulator on a busy machine keeps up with: the outcome must not hang on how fast this one is. */
const FAST_LINE = 1_000_000_000;

let folder: string;
let simulator: R2Simulator;
let gate: StoreGate;
let newFile: Buffer;
let base: BaseFile;
let runs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-judge-"));
  simulator = await startR2Simulator();
  gate = await startStoreGate(simulator.settings);
  const write = await createSyntheticFiles();
  const blocks = Array.from({ length: BLOCKS }, (_, index) => index + 1);
  await write(join(folder, "old"), { iteration: 1, blocks });
  newFile = await write(join(folder, "new"), { iteration: 2, blocks });
  await write(join(folder, "small"), { iteration: 1, blocks: blocks.slice(0, 50) });
  const job = { ...jobFor("old"), store: simulator.settings };
  base = asBase(job, (await uploadHere(job)).result);
});

afterEach(() => gate.clear());

afterAll(async () => {
  await gate.stop();
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

function jobFor(name: string, change: Partial<UploadJob> = {}): UploadJob {
  runs += 1;
  return uploadJob({
    databasePath: join(folder, name),
    store: gate.settings,
    key: `backups/judged-${runs}.duckdb`,
    partBytes: PART_BYTES,
    scratchFile: join(folder, `rest-${runs}`),
    ...change,
  });
}

async function expectNewFile({ key }: UploadJob): Promise<void> {
  const bucket = await openStore(simulator.settings, { clock: systemClock });
  expect((await readBody(await existing(bucket.get(key)))).equals(newFile)).toBe(true);
}

test("a store that copies slower than it takes parts is asked for no more copies, and the object is the same", async () => {
  gate.before("copyPart", () => systemClock.sleep(SLOW_MS));
  const job = jobFor("new", { base, knownSendRate: FAST_LINE });
  const { result, copied, sent } = await uploadHere(job);
  await expectNewFile(job);
  expect(result.copyGivenUp).toBe(true);
  // What was under way when the word fell is still taken.
  expect(copied.length).toBeLessThan(PARTS - 1);
  expect(copied.length).toBeGreaterThanOrEqual(8);
  expect(copied.length + sent.length).toBe(PARTS);
  expect(result.sentBytes + result.reusedBytes).toBe(newFile.length);
});

test("a store that copies faster than it takes parts copies them all", async () => {
  gate.before("putPart", () => systemClock.sleep(SLOW_MS * 3));
  const job = jobFor("new", { base, partsInFlight: 1 });
  const { result, copied, sent } = await uploadHere(job);
  await expectNewFile(job);
  expect({ sent, copied: copied.length, givenUp: result.copyGivenUp }).toEqual({
    sent: [1],
    copied: PARTS - 1,
    givenUp: false,
  });
});

test("at a stop, what would need far longer than is left is ended as soon as it is known, and what fits is stored", async () => {
  gate.before("putPart", () => systemClock.sleep(SLOW_MS));
  const small = (await stat(join(folder, "small"))).size;
  // All are under way or in memory at once, so all is hashed before a part is through.
  const limits = { partsInFlight: Math.ceil(small / PART_BYTES) + 1, knownSendRate: 1_000_000, keepUnfinished: true };
  const tooLate = jobFor("small", { ...limits, budgetMs: small / 2_000 });
  const types: string[] = [];
  const run = uploadHere(tooLate, { onMessage: ({ type }) => types.push(type) });
  await expect(run).rejects.toMatchObject({ code: "out_of_time" });
  expect(types).toContain("released");
  expect(types).not.toContain("part-stored");
  const bucket = await openStore(simulator.settings, { clock: systemClock });
  expect(await bucket.head(tooLate.key)).toBeNull();
  const inTime = jobFor("small", { ...limits, budgetMs: small / 700 });
  expect((await uploadHere(inTime)).result.sentBytes).toBe(small);
});
