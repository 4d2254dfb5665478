import { createHash } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../clock";
import { HEADER_BYTES } from "../database/file-format";
import { readBody } from "../read-body";
import type { StoreSettings } from "../storage/object-store";
import { openStore } from "../storage/open-store";
import { existing } from "../storage/testing/object-store-suite";
import { type R2Simulator, startR2Simulator } from "../storage/testing/r2-simulator";
import { seededRandom } from "../storage/testing/seeded-random";
import type { BaseFile, UploadJob } from "./protocol";
import { createSyntheticFiles, type FileVersion } from "./testing/synthetic-file";
import { asBase, type UploadedHere, uploadHere, uploadJob } from "./testing/upload-here";

const MEBIBYTE = 1024 * 1024;
const LOCAL_CASES_EACH = 20;
const R2_CASES = 8;
/** R2's least for all parts but the last. */
const R2_PART_BYTES = 5 * MEBIBYTE;

let folder: string;
let simulator: R2Simulator;
let local: StoreSettings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-property-"));
  local = { kind: "local", folder: join(folder, "bucket") };
  simulator = await startR2Simulator();
});

afterAll(async () => {
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

type Random = ReturnType<typeof seededRandom>;
const between = (random: Random, low: number, high: number) => low + Math.floor(random() * (high - low + 1));

/** Block names are never used twice, so that equal names mean a part that was really kept. */
let lastName = 0;
let shelves = 0;
const newBlocks = (count: number) => Array.from({ length: count }, () => ++lastName);

/** `step` is the most blocks that one edit adds, takes away or writes anew. */
type Edit = (blocks: number[], random: Random, step: number) => number[];
const EDITS: Record<string, Edit> = {
  grow: (blocks, random, step) => [...blocks, ...newBlocks(between(random, 1, 2 * step))],
  shrink: (blocks, random, step) => blocks.slice(0, Math.max(1, blocks.length - between(random, 1, step))),
  truncate: (blocks, random) => blocks.slice(0, between(random, 1, blocks.length)),
  shift: (blocks, random) => blocks.toSpliced(between(random, 0, blocks.length), 0, ...newBlocks(1)),
  rewrite: (blocks, random, step) => {
    const edited = [...blocks];
    for (const name of newBlocks(between(random, 1, step))) edited[between(random, 0, blocks.length - 1)] = name;
    return edited;
  },
  same: (blocks) => blocks,
};

function edit({ iteration, blocks }: FileVersion, random: Random, most: { blocks: number; step: number }): FileVersion {
  const names = Object.keys(EDITS);
  // A file that was cut to little grows again at once, or most cases would be about files of one part.
  const name = blocks.length < most.blocks / 4 ? "grow" : (names[between(random, 0, names.length - 1)] ?? "");
  const edited = EDITS[name]?.(blocks, random, most.step) ?? blocks;
  // "same" is sometimes a file that nobody has touched, sometimes one that only its header tells from the last.
  const touched = name !== "same" || random() < 0.5;
  return { iteration: iteration + (touched ? 1 : 0), blocks: edited.slice(0, most.blocks) };
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function hashesOf(file: Buffer, partBytes: number): string[] {
  const starts = Array.from({ length: Math.ceil(file.length / partBytes) }, (_, index) => index * partBytes);
  return starts.map((start) => sha256(file.subarray(start, start + partBytes)));
}

async function stored({ store, key }: UploadJob): Promise<Buffer> {
  return readBody(await existing((await openStore(store, { clock: systemClock })).get(key)));
}

/** All that must hold after any upload of `file`, whatever its base was. */
async function expectRight(file: Buffer, job: UploadJob, uploaded: UploadedHere): Promise<void> {
  const { result, sent, copied, messages } = uploaded;
  const hashes = hashesOf(file, job.partBytes);
  expect((await stored(job)).equals(file)).toBe(true);
  expect(result.bytes).toBe(file.length);
  expect(result.parts).toEqual(hashes);
  expect(result.headerSha256).toBe(sha256(file.subarray(0, HEADER_BYTES)));
  expect(result.sentBytes + result.reusedBytes).toBe(file.length);
  expect(result.copyGivenUp).toBe(false);
  const base = job.base?.partBytes === job.partBytes ? job.base : null;
  const numbers = hashes.map((_, index) => index + 1);
  const isKept = (number: number) => base?.parts[number - 1] === hashes[number - 1];
  const unchanged = base?.bytes === file.length && numbers.every(isKept);
  expect(result.unchanged).toBe(unchanged);
  expect(sent).toEqual(unchanged ? [] : numbers.filter((number) => !isKept(number)));
  expect(copied).toEqual(unchanged ? [] : numbers.filter(isKept));
  // The beginning, each part once, the end; or the one copy.
  expect(result.requests.classA).toBe(unchanged ? 1 : hashes.length + 2);
  expect(messages.filter(({ type }) => type === "released")).toHaveLength(1);
}

interface Campaign {
  cases: number;
  seed: number;
  store: StoreSettings;
  blockBytes: number;
  mostBlocks: number;
  step: number;
  partSizes: [number, number];
}

/** A file that is edited and stored again and again; each time with some earlier version as its base, or none. */
async function storeManyVersions({ cases, seed, store, blockBytes, mostBlocks, step, partSizes }: Campaign) {
  const random = seededRandom(seed);
  const write = await createSyntheticFiles({ blockBytes });
  const databasePath = join(folder, `edited-${seed}.duckdb`);
  const bases: BaseFile[] = [];
  const chosen = { another: 0, reused: 0, unchanged: 0 };
  let partBytes = between(random, ...partSizes);
  let version: FileVersion = { iteration: 1, blocks: newBlocks(Math.ceil(mostBlocks * 0.8)) };
  for (let turn = 1; turn <= cases; turn += 1) {
    // Mostly kept, as in life: another size makes every earlier backup useless as a base.
    if (random() < 0.1) partBytes = between(random, ...partSizes);
    const base =
      random() < 0.12 ? undefined : random() < 0.6 ? bases.at(-1) : bases[between(random, 0, bases.length - 1)];
    const job = uploadJob({
      databasePath,
      store,
      key: `backups/${seed}-${turn}.duckdb`,
      partBytes,
      partsInFlight: between(random, 1, 4),
      scratchFile: join(folder, `rest-${seed}`),
      base: base ? { ...base, sameHistory: random() < 0.5 } : null,
    });
    const file = await write(databasePath, version);
    const uploaded = await uploadHere(job);
    await expectRight(file, job, uploaded).catch((error: unknown) => {
      throw new Error(`case ${turn} of seed ${seed}`, { cause: error });
    });
    if (base && base.partBytes !== partBytes) chosen.another += 1;
    if (uploaded.copied.length > 0) chosen.reused += 1;
    if (uploaded.result.unchanged) chosen.unchanged += 1;
    bases.push(asBase(job, uploaded.result));
    version = edit(version, random, { blocks: mostBlocks, step });
  }
  return chosen;
}

for (const [seed, blockBytes] of [262_144, 16_384, 65_536].entries()) {
  test(`in a folder, any edit of a file in blocks of ${blockBytes / 1024} KiB is stored byte for byte, and only its new parts are sent`, async () => {
    const mostBlocks = Math.floor((9 * MEBIBYTE) / blockBytes);
    const chosen = await storeManyVersions({
      cases: LOCAL_CASES_EACH,
      seed: seed + 7,
      store: local,
      blockBytes,
      mostBlocks,
      step: Math.ceil(mostBlocks / 8),
      partSizes: [300_000, 2 * MEBIBYTE],
    });
    // The seed must lead through what the test is for.
    expect(Math.min(...Object.values(chosen))).toBeGreaterThan(0);
  });
}

test("on R2, any edit is stored byte for byte, and only its new parts are sent", async () => {
  const sizes: [number, number] = [R2_PART_BYTES, R2_PART_BYTES + 1_000_000];
  // At most six parts: fewer than are needed to judge whether copying pays.
  const campaign = {
    cases: R2_CASES,
    seed: 5,
    blockBytes: 262_144,
    mostBlocks: 120,
    step: 2,
    partSizes: sizes,
  };
  const chosen = await storeManyVersions({ ...campaign, store: simulator.settings });
  expect(chosen.reused).toBeGreaterThan(1);
});

const BLOCK_BYTES = 65_536;
/** Whole blocks behind the header make up whole parts only by chance; these sizes make it happen. */
const PART_OF_FOUR_BLOCKS = HEADER_BYTES + 4 * BLOCK_BYTES;

const SIZES = [
  { name: "smaller than one part", partBytes: MEBIBYTE, blocks: 3, parts: 1 },
  { name: "exactly one part", partBytes: PART_OF_FOUR_BLOCKS, blocks: 4, parts: 1 },
  { name: "exactly two parts", partBytes: (HEADER_BYTES + 8 * BLOCK_BYTES) / 2, blocks: 8, parts: 2 },
  { name: "one block over a part", partBytes: PART_OF_FOUR_BLOCKS, blocks: 5, parts: 2 },
  { name: "one byte over a part", partBytes: PART_OF_FOUR_BLOCKS - 1, blocks: 4, parts: 2 },
];

for (const { name, partBytes, blocks, parts } of SIZES) {
  test(`a file of ${name} is stored whole, alone and after an earlier one that was longer, shorter or the same`, async () => {
    const shelf = await createShelf(partBytes);
    const file = newBlocks(blocks);
    const alone = await shelf.store({ iteration: 1, blocks: file }, null);
    expect(alone.result.parts).toHaveLength(parts);
    for (const before of [[...file, ...newBlocks(9)], file.slice(0, -1), file]) {
      const { base } = await shelf.store({ iteration: 2, blocks: before }, null);
      const after = await shelf.store({ iteration: 3, blocks: file }, base);
      expect(after.result.unchanged).toBe(false);
    }
  });
}

test("a file with the header and the history of its base is copied in one request, without a look at its body", async () => {
  const shelf = await createShelf(300_001);
  const version = { iteration: 1, blocks: newBlocks(12) };
  const { base } = await shelf.store(version, null);
  await damageBody(shelf.databasePath);
  const { result, sent, copied } = await uploadHere(shelf.job(base));
  expect({ ...result, sent, copied }).toMatchObject({
    unchanged: true,
    sentBytes: 0,
    parts: base.parts,
    sent: [],
    copied: [],
  });
  expect(result.requests.classA).toBe(1);
});

test("the header alone proves nothing for another history: every block is read, and a damaged one stops the upload", async () => {
  const shelf = await createShelf(300_001);
  const version = { iteration: 1, blocks: newBlocks(12) };
  const { base } = await shelf.store(version, null);
  const other = { ...base, sameHistory: false };
  expect((await shelf.store(version, other)).result.unchanged).toBe(true);
  await damageBody(shelf.databasePath);
  const job = shelf.job(other);
  await expect(uploadHere(job)).rejects.toMatchObject({ code: "snapshot_damaged" });
  expect(await (await openStore(job.store, { clock: systemClock })).head(job.key)).toBeNull();
});

test("a base whose header hash is another one is known to be equal by its parts, and copied in one request", async () => {
  const shelf = await createShelf(300_001);
  const version = { iteration: 1, blocks: newBlocks(12) };
  const { base } = await shelf.store(version, null);
  const again = await shelf.store(version, { ...base, headerSha256: "0".repeat(64) });
  expect(again.result).toMatchObject({ unchanged: true, sentBytes: 0, requests: { classA: 1 } });
});

test("a base with the same header and another length is no proof: a rollback can leave free blocks behind", async () => {
  const shelf = await createShelf(300_001);
  const version = { iteration: 1, blocks: newBlocks(12) };
  const { base } = await shelf.store(version, null);
  const longer = await shelf.store({ iteration: 2, blocks: [...version.blocks, ...newBlocks(2)] }, base);
  const job = shelf.job({ ...base, headerSha256: longer.result.headerSha256 });
  const uploaded = await uploadHere(job);
  expect(uploaded.result.unchanged).toBe(false);
  expect((await stored(job)).equals(await readFile(shelf.databasePath))).toBe(true);
});

test("in a folder parts are always taken over, however fast the clock says that sending would be", async () => {
  const shelf = await createShelf(300_001);
  const blocks = newBlocks(120);
  const { base } = await shelf.store({ iteration: 1, blocks }, null);
  const job = { ...shelf.job(base), knownSendRate: Number.MAX_SAFE_INTEGER };
  const file = await shelf.write({ iteration: 2, blocks });
  const uploaded = await uploadHere(job);
  await expectRight(file, job, uploaded);
  expect(uploaded.copied.length).toBeGreaterThan(20);
});

/** Versions of one small file, each stored in the folder under a key of its own and held to all rules. */
async function createShelf(partBytes: number) {
  shelves += 1;
  const name = `shelf-${shelves}`;
  const writeFile = await createSyntheticFiles({ blockBytes: BLOCK_BYTES });
  const databasePath = join(folder, `${name}.duckdb`);
  let turn = 0;
  const write = (version: FileVersion) => writeFile(databasePath, version);
  const job = (base: BaseFile | null) => {
    turn += 1;
    const key = `backups/${name}-${turn}.duckdb`;
    return uploadJob({ databasePath, store: local, key, partBytes, scratchFile: join(folder, `${name}.rest`), base });
  };
  const store = async (version: FileVersion, base: BaseFile | null) => {
    const file = await write(version);
    const asked = job(base);
    const uploaded = await uploadHere(asked);
    await expectRight(file, asked, uploaded);
    return { ...uploaded, base: asBase(asked, uploaded.result) };
  };
  return { databasePath, write, job, store };
}

async function damageBody(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.write(Buffer.from("damaged"), 0, 7, HEADER_BYTES + 5_000);
  await file.close();
}
