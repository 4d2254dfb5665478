import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { AppError } from "../errors";
import type { ObjectStore } from "./object-store";
import { createR2Store } from "./r2-store";
import type { Fault } from "./testing/faults";
import { type FaultyProxy, startFaultyProxy } from "./testing/faulty-proxy";
import { heldBytes } from "./testing/held-bytes";
import { collect, describeObjectStore, existing, expectCode, listAll, sendPart } from "./testing/object-store-suite";
import { createQuickClock } from "./testing/quick-clock";
import { type R2Simulator, startR2Simulator } from "./testing/r2-simulator";

const PART_BYTES = 5 * 1024 * 1024;
/** Longer than a busy machine needs for a small answer; under six seconds, from where on the SDK looks only after three. */
const INACTIVITY_MS = 1500;

let simulator: R2Simulator;
beforeAll(async () => {
  simulator = await startR2Simulator();
});
afterAll(() => simulator?.stop());

describeObjectStore("the R2 store on R2's simulator", async () => {
  const own = await startR2Simulator();
  const create = () => createR2Store(own.settings, { clock: createQuickClock(), writeSpacingMs: 0 });
  return { store: create(), reopen: create, stop: own.stop };
});

async function openBehindBadNetwork() {
  const own = await startR2Simulator();
  const proxy = await startFaultyProxy({ target: own.settings });
  const faults: Fault["kind"][] = ["reset-before", "reset-after", "server-error", "unavailable", "throttled"];
  for (const [index, kind] of faults.entries()) proxy.inject({ fault: { kind } as Fault, every: 61 + 6 * index });
  proxy.inject({ fault: { kind: "truncate", afterBytes: 70_000 }, every: 31, when: ({ verb }) => verb === "get" });
  const create = () =>
    createR2Store(proxy.settings, { clock: createQuickClock(), inactivityMs: 5000, writeSpacingMs: 0 });
  return {
    store: create(),
    reopen: create,
    async stop() {
      // A run without a fault would prove nothing.
      const met = new Set(proxy.requests.flatMap(({ fault }) => fault ?? []));
      await proxy.stop();
      await own.stop();
      expect([...met].sort()).toEqual([...faults, "truncate"].sort());
    },
  };
}

describeObjectStore("the R2 store behind a bad network", openBehindBadNetwork, {
  manyObjects: 100,
  lifecycle: "kept",
});

describe("the R2 store behind a faulty proxy", () => {
  let proxy: FaultyProxy;
  let store: ObjectStore;
  let clock: ReturnType<typeof createQuickClock>;
  let prefix = "";
  let tests = 0;
  beforeAll(async () => {
    proxy = await startFaultyProxy({ target: simulator.settings });
  });
  afterAll(() => proxy?.stop());
  beforeEach(() => {
    clock = createQuickClock();
    store = createR2Store(proxy.settings, { clock, writeSpacingMs: 0 });
    proxy.requests.length = 0;
    tests += 1;
    prefix = `faulty-${tests}/`;
  });
  afterEach(() => proxy.clear());
  const impatient = () => createR2Store(proxy.settings, { clock, inactivityMs: INACTIVITY_MS });
  const sent = (verb: string) => proxy.requests.filter((request) => request.verb === verb).length;

  describe("a lost answer", () => {
    it("of a conditional write is recognised as our own write", async () => {
      proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === "put" });
      const { etag } = await store.put(`${prefix}claim`, Buffer.from("mine"), { ifNoneMatch: "*" });
      expect((await store.head(`${prefix}claim`))?.etag).toBe(etag);
      proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === "put" });
      const next = await store.put(`${prefix}claim`, Buffer.from("next"), { ifMatch: etag });
      expect(next.etag).not.toBe(etag);
      expect((await collect(await existing(store.get(`${prefix}claim`)))).toString()).toBe("next");
    });

    it("does not make somebody else's write ours", async () => {
      await store.put(`${prefix}claim`, Buffer.from("theirs"));
      proxy.inject({ fault: { kind: "reset-before" }, times: 1, when: ({ verb }) => verb === "put" });
      await expectCode(
        store.put(`${prefix}claim`, Buffer.from("theirs"), { ifNoneMatch: "*" }),
        "storage_precondition",
      );
    });

    it("of a write that never reaches a second answer is still found by looking", async () => {
      proxy.inject({ fault: { kind: "reset-after" }, when: ({ verb }) => verb === "put" });
      const { etag } = await store.put(`${prefix}claim`, Buffer.from("mine"), { ifNoneMatch: "*" });
      expect((await store.head(`${prefix}claim`))?.etag).toBe(etag);
    });

    it("of complete is found by looking at the key", async () => {
      const upload = await store.startMultipart(`${prefix}big`, { partBytes: PART_BYTES });
      const body = randomBytes(1000);
      await sendPart(upload, 1, body);
      proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === "complete" });
      expect(await upload.complete()).toMatchObject({ bytes: 1000 });
      expect((await collect(await existing(store.get(`${prefix}big`)))).equals(body)).toBe(true);
    });

    it("of complete is not mistaken for an older object of the same size", async () => {
      await store.put(`${prefix}big`, randomBytes(1000));
      const upload = await store.startMultipart(`${prefix}big`, { partBytes: PART_BYTES });
      await sendPart(upload, 1, randomBytes(1000));
      await store.abortMultipart(`${prefix}big`, upload.uploadId);
      proxy.inject({ fault: { kind: "reset-before" }, times: 1, when: ({ verb }) => verb === "complete" });
      await expectCode(upload.complete(), "storage_upload_gone");
    });

    it("of a part, a delete or an abort does no harm", async () => {
      for (const lost of ["putPart", "delete", "abort"])
        proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === lost });
      const upload = await store.startMultipart(`${prefix}big`, { partBytes: PART_BYTES });
      await sendPart(upload, 1, randomBytes(1000));
      expect(sent("putPart")).toBe(2);
      await upload.abort();
      expect(sent("abort")).toBe(2);
      await store.put(`${prefix}small`, Buffer.from("x"));
      await store.delete(`${prefix}small`);
      expect(sent("delete")).toBe(2);
      expect(await listAll(store, prefix)).toEqual([]);
    });
  });

  describe("what passes is tried again, once per layer", () => {
    for (const kind of ["throttled", "unavailable", "server-error", "reset-before"] as const) {
      it(`${kind}: five attempts in all for a small request, eight for a part`, async () => {
        proxy.inject({ fault: { kind } });
        await expectCode(
          store.put(`${prefix}x`, Buffer.from("x")),
          {
            throttled: "storage_throttled",
            unavailable: "storage_throttled",
            "server-error": "storage_failed",
            "reset-before": "storage_unreachable",
          }[kind],
        );
        expect(sent("put")).toBe(5);
        // A store that asks for fewer requests is spared the last look for a while, too.
        expect(clock.pauses).toHaveLength(kind === "throttled" || kind === "unavailable" ? 5 : 4);
        proxy.clear();
        const upload = await store.startMultipart(`${prefix}big`, { partBytes: PART_BYTES });
        proxy.inject({ fault: { kind } });
        await expect(sendPart(upload, 1, Buffer.from("x"))).rejects.toBeInstanceOf(AppError);
        expect(sent("putPart")).toBe(8);
        proxy.clear();
        await upload.abort();
      });
    }

    it("waits longer each time, never less than a second after a 429, and as long as Retry-After says", async () => {
      proxy.inject({
        fault: { kind: "status", status: 429, code: "TooManyRequests", headers: { "retry-after": "7" } },
        times: 1,
      });
      proxy.inject({ fault: { kind: "throttled" }, times: 1 });
      proxy.inject({ fault: { kind: "server-error" }, times: 2 });
      await store.put(`${prefix}x`, Buffer.from("x"));
      const [first = 0, second = 0, third = 0, fourth = 0] = clock.pauses;
      expect(first).toBeGreaterThanOrEqual(250);
      expect(first).toBeLessThanOrEqual(500);
      expect(second).toBeGreaterThanOrEqual(500);
      expect(third).toBeGreaterThanOrEqual(2000);
      expect(fourth).toBeGreaterThanOrEqual(7000);
    });

    it("sends a part again that did not arrive whole, which R2 tells by a 400", async () => {
      const upload = await store.startMultipart(`${prefix}big`, { partBytes: PART_BYTES });
      for (const code of ["IncompleteBody", "ClientDisconnect", "XAmzContentSHA256Mismatch"])
        proxy.inject({
          fault: { kind: "status", status: 400, code },
          times: 1,
          when: ({ verb }) => verb === "putPart",
        });
      await sendPart(upload, 1, randomBytes(1000));
      expect(sent("putPart")).toBe(4);
      expect(await upload.complete()).toMatchObject({ bytes: 1000 });
    });

    it("survives R2's one write per second and key", async () => {
      proxy.inject({ fault: { kind: "one-write-per-second" } });
      const patient = { ...clock, sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };
      const slow = createR2Store(proxy.settings, { clock: patient, writeSpacingMs: 0 });
      await slow.put(`${prefix}manifest`, Buffer.from("1"));
      await slow.put(`${prefix}manifest`, Buffer.from("2"));
      expect(proxy.requests.map(({ status }) => status)).toEqual([200, 429, 200]);
    });

    it("stops waiting when the caller cancels", async () => {
      proxy.inject({ fault: { kind: "unavailable" } });
      const stop = new AbortController();
      const watched = createR2Store(proxy.settings, { clock, onRetry: () => stop.abort() });
      await expectCode(watched.put(`${prefix}x`, Buffer.from("x"), { signal: stop.signal }), "cancelled");
      expect(sent("put")).toBe(1);
    });

    it("says that nobody answers, and works again when somebody does", async () => {
      await proxy.goAway();
      await expectCode(store.head(`${prefix}x`), "storage_unreachable");
      await proxy.comeBack();
      expect(await store.head(`${prefix}x`)).toBeNull();
    });
  });

  describe("a body", () => {
    it("that breaks off goes on from where it stopped", async () => {
      const content = randomBytes(1_000_000);
      await store.put(`${prefix}body`, content);
      proxy.inject({ fault: { kind: "truncate", afterBytes: 300_000 }, times: 3, when: ({ verb }) => verb === "get" });
      expect((await collect(await existing(store.get(`${prefix}body`)))).equals(content)).toBe(true);
      const ranges = proxy.requests.filter(({ verb }) => verb === "get").map(({ headers }) => headers.range);
      expect(ranges).toEqual([undefined, "bytes=300000-999999", "bytes=600000-999999", "bytes=900000-999999"]);
    });

    it("that breaks off again and again throws, and is never short", async () => {
      await store.put(`${prefix}body`, randomBytes(1_000_000));
      proxy.inject({ fault: { kind: "truncate", afterBytes: 1000 }, when: ({ verb }) => verb === "get" });
      await expectCode(collect(await existing(store.get(`${prefix}body`))), "storage_failed");
    });

    it("that stalls is given up and fetched from there", async () => {
      const content = randomBytes(1_000_000);
      await store.put(`${prefix}body`, content);
      proxy.inject({ fault: { kind: "stall", afterBytes: 200_000 }, times: 1, when: ({ verb }) => verb === "get" });
      expect((await collect(await existing(impatient().get(`${prefix}body`)))).equals(content)).toBe(true);
      expect(sent("get")).toBe(2);
    });

    it("that is merely slow is read in peace", async () => {
      await store.put(`${prefix}body`, randomBytes(200_000));
      proxy.inject({ fault: { kind: "slow", bytesPerSecond: 400_000 }, when: ({ verb }) => verb === "get" });
      expect((await collect(await existing(store.get(`${prefix}body`)))).byteLength).toBe(200_000);
      expect(sent("get")).toBe(1);
    });

    it("does not go on in another object", async () => {
      await store.put(`${prefix}body`, Buffer.alloc(1_000_000, "a"));
      proxy.inject({ fault: { kind: "truncate", afterBytes: 300_000 }, times: 1, when: ({ verb }) => verb === "get" });
      const body = await existing(store.get(`${prefix}body`));
      await store.put(`${prefix}body`, Buffer.alloc(1_000_000, "b"));
      await expectCode(collect(body), "storage_precondition");
    });

    it("of other bytes than asked for is refused", async () => {
      await store.put(`${prefix}body`, randomBytes(1000));
      proxy.inject({
        fault: { kind: "status", status: 200, code: "whole" },
        times: 1,
        when: ({ verb }) => verb === "get",
      });
      await expectCode(store.get(`${prefix}body`, { range: { start: 5, end: 9 } }), "storage_failed");
    });
  });

  it("gives up a connection on which nothing moves, for every kind of request", async () => {
    const hurried = impatient();
    await hurried.put(`${prefix}x`, Buffer.from("x"));
    const upload = await hurried.startMultipart(`${prefix}big`, { partBytes: PART_BYTES });
    const verbs = ["head", "get", "list", "putPart"];
    for (const verb of verbs)
      proxy.inject({ fault: { kind: "never-answer" }, times: 1, when: (request) => request.verb === verb });
    await Promise.all([
      expect(hurried.head(`${prefix}x`)).resolves.not.toBeNull(),
      expect(existing(hurried.get(`${prefix}x`)).then(collect)).resolves.toEqual(Buffer.from("x")),
      expect(listAll(hurried, prefix)).resolves.toHaveLength(1),
      sendPart(upload, 1, randomBytes(100_000)),
    ]);
    for (const verb of verbs) expect(sent(verb)).toBeGreaterThanOrEqual(2);
    await upload.abort();
  });

  it("knows how far the store's clock is from ours", async () => {
    await store.head(`${prefix}x`);
    proxy.inject({ fault: { kind: "date", offsetMs: 420_000 } });
    await store.head(`${prefix}x`);
    expect(Math.abs((store.clockOffsetMs() ?? 0) - 420_000)).toBeLessThan(2000);
    expect(createR2Store(proxy.settings, { clock }).clockOffsetMs()).toBeNull();
  });

  it("sends what R2 can take: no tagging, no checksum header, no Expect, and each part's own SHA-256", async () => {
    const upload = await store.startMultipart(`${prefix}big`, {
      partBytes: PART_BYTES,
      contentDisposition: "attachment",
      metadata: { type: "manual" },
    });
    const body = randomBytes(3 * 1024 * 1024);
    await sendPart(upload, 1, body);
    await upload.complete();
    await store.put(`${prefix}x`, Buffer.from("x"), { contentType: "application/json", ifNoneMatch: "*" });
    await listAll(store, prefix);
    await store.delete(`${prefix}x`);
    for (const { headers, query, verb } of proxy.requests) {
      expect(
        Object.keys(headers).filter((name) => /tagging|checksum|expect|content-md5|acl|trailer/.test(name)),
      ).toEqual([]);
      expect(query.has("tagging")).toBe(false);
      expect(verb).not.toBeNull();
    }
    const part = proxy.requests.find(({ verb }) => verb === "putPart");
    expect(part?.headers["x-amz-content-sha256"]).toMatch(/^[0-9a-f]{64}$/);
    expect(proxy.requests.find(({ verb }) => verb === "startMultipart")?.headers["x-amz-meta-type"]).toBe("manual");
  });

  it("gives a link that works without credentials, under the right file name", async () => {
    await store.put(`${prefix}backup.duckdb`, Buffer.from("database"));
    const url = await store.downloadUrl(`${prefix}backup.duckdb`, { fileName: 'h"é.duckdb', seconds: 60 });
    expect(new URL(url ?? "").searchParams.get("response-content-disposition")).toBe(
      "attachment; filename=\"h__.duckdb\"; filename*=UTF-8''h%22%C3%A9.duckdb",
    );
    const answer = await fetch(url ?? "");
    expect(await answer.text()).toBe("database");
    expect((await fetch((url ?? "").replace("backup", "backus"))).status).toBe(403);
  });

  it("keeps its memory flat while it reads a large object", async () => {
    const key = `${prefix}large`;
    const upload = await store.startMultipart(key, { partBytes: PART_BYTES });
    const body = randomBytes(PART_BYTES);
    for (let part = 1; part <= 12; part += 1) await sendPart(upload, part, body);
    await upload.complete();
    const before = heldBytes();
    let peak = 0;
    let bytes = 0;
    for await (const chunk of (await existing(store.get(key))).stream) {
      bytes += chunk.byteLength;
      if (bytes % PART_BYTES < chunk.byteLength) peak = Math.max(peak, heldBytes() - before);
    }
    expect(bytes).toBe(12 * PART_BYTES);
    // Of 60 MiB; the proxy's own buffers are in this process too, and the collector takes its time on a busy machine.
    expect(peak).toBeLessThan(32 * 1024 * 1024);
  });
});

describe("a permanent refusal is thrown at once, with its own code, message and hint", () => {
  const clock = createQuickClock();
  const refused = async (store: ObjectStore, doing: (store: ObjectStore) => Promise<unknown>) => {
    const pausesBefore = clock.pauses.length;
    const error = await doing(store).then(
      () => null,
      (reason) => reason,
    );
    expect(clock.pauses.length).toBe(pausesBefore);
    expect(error).toBeInstanceOf(AppError);
    expect(error.hint).toBeTruthy();
    return error as AppError;
  };
  const doings: [string, (store: ObjectStore) => Promise<unknown>][] = [
    ["head", (store) => store.head("a")],
    ["get", (store) => store.get("a")],
    ["put", (store) => store.put("a", Buffer.from("x"))],
    ["delete", (store) => store.delete("a")],
    ["list", (store) => listAll(store, "")],
    ["startMultipart", (store) => store.startMultipart("a", { partBytes: PART_BYTES })],
  ];
  const withSettings = (change: object) => createR2Store({ ...simulator.settings, ...change }, { clock });

  for (const [verb, doing] of doings) {
    it(`${verb}: an unknown key, a wrong secret, a missing bucket`, async () => {
      expect((await refused(withSettings({ accessKeyId: "b".repeat(32) }), doing)).code).toBe("storage_key_unknown");
      expect((await refused(withSettings({ secretAccessKey: "wrong" }), doing)).code).toBe("storage_secret_wrong");
      const missing = await refused(withSettings({ bucket: "not-there" }), doing);
      expect(missing).toMatchObject({ code: "storage_bucket_missing", message: expect.stringContaining("not-there") });
    });

    it(`${verb}: a clock that is off, saying by how much`, async () => {
      const proxy = await startFaultyProxy({ target: simulator.settings });
      // The simulator sends no Date; R2 does.
      proxy.inject({ fault: { kind: "date", offsetMs: 3 * 3_600_000 } });
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3 * 3_600_000 });
      try {
        const error = await refused(createR2Store(proxy.settings, { clock }), doing);
        expect(error).toMatchObject({
          code: "storage_clock_skewed",
          message: expect.stringContaining("3 hours behind"),
        });
      } finally {
        vi.useRealTimers();
        await proxy.stop();
      }
    });
  }

  it("a missing permission, naming the right that each verb needs", async () => {
    const proxy = await startFaultyProxy({ target: simulator.settings });
    const store = createR2Store(proxy.settings, { clock });
    const upload = await store.startMultipart("a", { partBytes: PART_BYTES });
    const source = { key: "b", bytes: 1, etag: "0".repeat(32), lastModified: new Date() };
    const needs: [string, string, (store: ObjectStore) => Promise<unknown>][] = [
      ...doings.map(([verb, doing]): [string, string, typeof doing] => [
        verb,
        ["put", "delete", "startMultipart"].includes(verb) ? "Object Read & Write" : "Object Read",
        doing,
      ]),
      ["putPart", "Object Read & Write", () => sendPart(upload, 1, Buffer.from("x"))],
      ["copyPart", "Object Read & Write", () => upload.copyPart(1, "b", { start: 0, end: 9 })],
      ["copy", "Object Read & Write", () => store.copy(source, "c", {})],
      ["abort", "Object Read & Write", () => upload.abort()],
    ];
    for (const [verb, right, doing] of needs) {
      // HEAD's answer has no body, so its reason comes from the GET that is sent after it.
      const { remove } = proxy.inject({
        fault: { kind: "forbidden" },
        when: (request) => request.verb === verb || (verb === "head" && request.verb === "get"),
      });
      const error = await refused(store, doing);
      expect(error.code).toBe("storage_forbidden");
      expect(error.message).toContain(`"${right}"`);
      expect(error.message).toContain(simulator.settings.bucket);
      remove();
    }
    await upload.abort();
    await proxy.stop();
  });
});
