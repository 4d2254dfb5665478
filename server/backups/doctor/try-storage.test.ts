import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createLog } from "../../log";
import { createLocalStore } from "../../storage/local-store";
import type { ObjectStore } from "../../storage/object-store";
import { createR2Store } from "../../storage/r2-store";
import { type FaultyProxy, type ProxiedRequest, startFaultyProxy } from "../../storage/testing/faulty-proxy";
import { createQuickClock } from "../../storage/testing/quick-clock";
import { type R2Simulator, startR2Simulator } from "../../storage/testing/r2-simulator";
import { Catalog } from "../catalog";
import type { ScratchLeft, ScratchNotes } from "./context";
import { Scratch, sweepLeftovers } from "./scratch";
import type { Trial } from "./trials";
import { tryStorage } from "./try-storage";

const MINUTE_MS = 60_000;
const clock = createQuickClock();
let simulator: R2Simulator;
let proxy: FaultyProxy;
beforeAll(async () => {
  simulator = await startR2Simulator();
  proxy = await startFaultyProxy({ target: simulator.settings });
});
afterAll(async () => {
  await proxy?.stop();
  await simulator?.stop();
});
afterEach(() => proxy.clear());

function ctxOf(store: ObjectStore) {
  const place = { store, prefix: "backups/", databaseName: "hesocial", clock };
  return { ...place, catalog: new Catalog({ ...place, log: createLog("silent") }) };
}
const r2 = (settings: Partial<typeof simulator.settings> = {}) =>
  createR2Store({ ...proxy.settings, ...settings }, { clock, writeSpacingMs: 0 });
const statesOf = (rows: Trial[]) => Object.fromEntries(rows.map(({ code, state }) => [code, state]));
const faultsOf = (rows: Trial[]) => rows.filter(({ state }) => state === "fault").map(({ code }) => code);
const rowOf = (rows: Trial[], code: string) => rows.find((row) => row.code === code);

function notesInMemory(): ScratchNotes & { left: ScratchLeft[] } {
  const notes = {
    left: [] as ScratchLeft[],
    read: async () => notes.left,
    write: async (left: ScratchLeft[]) => {
      notes.left = structuredClone(left);
    },
  };
  return notes;
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list("")) keys.push(key);
  return keys;
}

describe("on R2", () => {
  let notes: ReturnType<typeof notesInMemory>;
  beforeEach(() => {
    notes = notesInMemory();
  });
  const look = (store = r2()) => tryStorage(ctxOf(store), notes);

  test("with every right all is well, and nothing is left in the bucket", async () => {
    const rows = await look();
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["ok"]));
    expect(rows.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["reach", "credentials", "list", "write", "read", "copy", "public", "delete", "clock"]),
    );
    expect(await keysOf(r2())).toEqual([]);
    expect(notes.left).toEqual([]);
  });

  test.each([
    ["list", "list"],
    ["put", "write"],
    ["get", "read"],
    ["head", "read"],
    ["copy", "copy"],
    ["startMultipart", "multipart"],
    ["putPart", "multipart"],
    ["complete", "multipart"],
    ["abort", "multipart-abort"],
    ["copyPart", "part-copy"],
    ["delete", "delete"],
  ])("without the right to %s exactly the row %s is a fault, and the next doctor cleans up", async (verb, code) => {
    proxy.inject({ fault: { kind: "forbidden" }, when: (request) => request.verb === verb && isSigned(request) });
    const rows = await look();
    expect(faultsOf(rows)).toEqual([code]);
    expect(rowOf(rows, code)).toMatchObject({ text: expect.stringMatching(/no right/), hint: expect.any(String) });
    proxy.clear();
    await sweepLeftovers(ctxOf(r2()), notes);
    expect(await keysOf(r2())).toEqual([]);
    expect(notes.left).toEqual([]);
  });

  test.each([
    ["a key that R2 does not know", { accessKeyId: "b".repeat(32) }, "credentials", /R2_ACCESS_KEY_ID/],
    ["a secret of another key", { secretAccessKey: "wrong" }, "credentials", /R2_SECRET_ACCESS_KEY/],
    ["a bucket that is not there", { bucket: "nobody-has-this" }, "reach", /R2_BUCKET_NAME/],
  ])("with %s that is the one fault, and nothing else is tried", async (_name, settings, code, hint) => {
    proxy.requests.length = 0;
    const rows = await look(r2(settings));
    expect(faultsOf(rows)).toEqual([code]);
    expect(rowOf(rows, code)?.hint).toMatch(hint);
    expect(statesOf(rows)).toMatchObject({ list: "skipped", write: "skipped", delete: "skipped", public: "skipped" });
    expect(proxy.requests.filter(({ verb }) => verb === "put")).toEqual([]);
  });

  test("an address where nobody answers is told as that", async () => {
    await proxy.goAway();
    try {
      const rows = await look();
      expect(faultsOf(rows)).toEqual(["reach"]);
      expect(rowOf(rows, "credentials")).toBeUndefined();
    } finally {
      await proxy.comeBack();
    }
  });

  test("a clock that is off is a fault by itself; when the store refuses for it, nothing else is blamed", async () => {
    proxy.inject({ fault: { kind: "date", offsetMs: 7 * MINUTE_MS } });
    const rows = await look();
    expect(faultsOf(rows)).toEqual(["clock"]);
    expect(rowOf(rows, "clock")?.text).toMatch(/(?:419|420|421)\.\d s behind/);
    proxy.clear();
    proxy.inject({ fault: { kind: "date", offsetMs: -2 * MINUTE_MS } });
    expect(rowOf(await look(), "clock")).toMatchObject({ state: "warning", text: expect.stringContaining("ahead of") });
    proxy.clear();
    const dateOffsetMs = 20 * MINUTE_MS;
    proxy.inject({ fault: { kind: "status", status: 403, code: "RequestTimeTooSkewed", dateOffsetMs } });
    expect(faultsOf(await look())).toEqual(["clock"]);
  });

  test("a bucket that answers strangers is a fault", async () => {
    proxy.inject({ fault: { kind: "status", status: 200, code: "open" }, when: (request) => !isSigned(request) });
    expect(faultsOf(await look())).toEqual(["public"]);
  });

  test("a store that overlooks conditions is named for both", async () => {
    const store = r2();
    const careless: ObjectStore = { ...store, put: (key, body) => store.put(key, body) };
    expect(faultsOf(await look(careless))).toEqual(["condition", "write-over"]);
  });

  test("what a killed doctor left goes with the next one; what another server tries right now stays", async () => {
    const store = r2();
    const left = new Scratch({ store, clock, prefix: "backups/", databaseName: "hesocial" }, notes);
    await left.begin();
    await store.put(left.key("object"), new Uint8Array(3));
    const upload = await store.startMultipart(left.key("parts"), { partBytes: 5_000_000 });
    await left.uploadBegun(left.key("parts"), upload.uploadId);
    await store.put("backups/hesocial.check-ffffffffffffffff-object", new Uint8Array(3));
    const rows = await look();
    expect(faultsOf(rows)).toEqual([]);
    expect(rowOf(rows, "list")?.text).toContain("2 leftovers");
    expect(await keysOf(store)).toEqual(["backups/hesocial.check-ffffffffffffffff-object"]);
    await store.delete("backups/hesocial.check-ffffffffffffffff-object");
  });
});

test("only what has the exact form of a check's name is swept, and another server's only in a path of ours", async () => {
  const start = "backups/hesocial.check-";
  const foreign = `${start}${"f".repeat(16)}-part-copy`;
  const keys = [`${start}list.csv`, `${start}ffff-object`, `${foreign}.bak`, `${start}${"f".repeat(16)}-notes`];
  const sweep = async (ours: boolean) => {
    const deleted: string[] = [];
    const store = {
      clockOffsetMs: () => null,
      async *list() {
        for (const key of [...keys, foreign]) yield { key, bytes: 1, etag: "e", lastModified: new Date(0) };
      },
      delete: async (key: string) => void deleted.push(key),
    } as unknown as ObjectStore;
    await sweepLeftovers({ ...ctxOf(store), ownership: { ours } }, null);
    return deleted;
  };
  expect(await sweep(true)).toEqual([foreign]);
  expect(await sweep(false)).toEqual([]);
});

test("in a folder the same is tried, and what only a bucket has is skipped", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-doctor-"));
  try {
    const store = createLocalStore({ folder }, { clock });
    const rows = await tryStorage(ctxOf(store), null);
    const { public: isPublic, clock: itsClock, ...others } = statesOf(rows);
    expect(new Set(Object.values(others))).toEqual(new Set(["ok"]));
    expect([isPublic, itsClock]).toEqual(["skipped", "skipped"]);
    expect(await keysOf(store)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function isSigned({ headers }: ProxiedRequest): boolean {
  return headers.authorization !== undefined;
}
