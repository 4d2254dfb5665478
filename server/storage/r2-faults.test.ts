import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AppError } from "../errors";
import { createR2Store } from "./r2-store";
import { faultyStoreOfTests } from "./testing/faulty-store";
import { collect, existing, expectCode, listAll, sendPart } from "./testing/object-store-suite";

const PART_BYTES = 5 * 1024 * 1024;

describe("the R2 store behind a faulty proxy", () => {
  const r2 = faultyStoreOfTests();

  describe("a lost answer", () => {
    it("of a conditional write is recognised as our own write", async () => {
      r2.proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === "put" });
      const { etag } = await r2.store.put(`${r2.prefix}claim`, Buffer.from("mine"), { ifNoneMatch: "*" });
      expect((await r2.store.head(`${r2.prefix}claim`))?.etag).toBe(etag);
      r2.proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === "put" });
      const next = await r2.store.put(`${r2.prefix}claim`, Buffer.from("next"), { ifMatch: etag });
      expect(next.etag).not.toBe(etag);
      expect((await collect(await existing(r2.store.get(`${r2.prefix}claim`)))).toString()).toBe("next");
    });

    it("does not make somebody else's write ours", async () => {
      await r2.store.put(`${r2.prefix}claim`, Buffer.from("theirs"));
      r2.proxy.inject({ fault: { kind: "reset-before" }, times: 1, when: ({ verb }) => verb === "put" });
      await expectCode(
        r2.store.put(`${r2.prefix}claim`, Buffer.from("theirs"), { ifNoneMatch: "*" }),
        "storage_precondition",
      );
    });

    it("of a write that never reaches a second answer is still found by looking", async () => {
      r2.proxy.inject({ fault: { kind: "reset-after" }, when: ({ verb }) => verb === "put" });
      const { etag } = await r2.store.put(`${r2.prefix}claim`, Buffer.from("mine"), { ifNoneMatch: "*" });
      expect((await r2.store.head(`${r2.prefix}claim`))?.etag).toBe(etag);
    });

    it("of complete is found by looking at the key", async () => {
      const upload = await r2.store.startMultipart(`${r2.prefix}big`, { partBytes: PART_BYTES });
      const body = randomBytes(1000);
      await sendPart(upload, 1, body);
      r2.proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === "complete" });
      expect(await upload.complete()).toMatchObject({ bytes: 1000 });
      expect((await collect(await existing(r2.store.get(`${r2.prefix}big`)))).equals(body)).toBe(true);
    });

    it("of complete is not mistaken for an older object of the same size", async () => {
      await r2.store.put(`${r2.prefix}big`, randomBytes(1000));
      const upload = await r2.store.startMultipart(`${r2.prefix}big`, { partBytes: PART_BYTES });
      await sendPart(upload, 1, randomBytes(1000));
      await r2.store.abortMultipart(`${r2.prefix}big`, upload.uploadId);
      r2.proxy.inject({ fault: { kind: "reset-before" }, times: 1, when: ({ verb }) => verb === "complete" });
      await expectCode(upload.complete(), "storage_upload_gone");
    });

    it("of a part, a delete or an abort does no harm", async () => {
      for (const lost of ["putPart", "delete", "abort"])
        r2.proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === lost });
      const upload = await r2.store.startMultipart(`${r2.prefix}big`, { partBytes: PART_BYTES });
      await sendPart(upload, 1, randomBytes(1000));
      expect(r2.sent("putPart")).toBe(2);
      await upload.abort();
      expect(r2.sent("abort")).toBe(2);
      await r2.store.put(`${r2.prefix}small`, Buffer.from("x"));
      await r2.store.delete(`${r2.prefix}small`);
      expect(r2.sent("delete")).toBe(2);
      expect(await listAll(r2.store, r2.prefix)).toEqual([]);
    });
  });

  describe("what passes is tried again, once per layer", () => {
    for (const kind of ["throttled", "unavailable", "server-error", "reset-before"] as const) {
      it(`${kind}: five attempts in all for a small request, eight for a part`, async () => {
        r2.proxy.inject({ fault: { kind } });
        await expectCode(
          r2.store.put(`${r2.prefix}x`, Buffer.from("x")),
          {
            throttled: "storage_throttled",
            unavailable: "storage_throttled",
            "server-error": "storage_failed",
            "reset-before": "storage_unreachable",
          }[kind],
        );
        expect(r2.sent("put")).toBe(5);
        // A store that asks for fewer requests is spared the last look for a while, too.
        expect(r2.clock.pauses).toHaveLength(kind === "throttled" || kind === "unavailable" ? 5 : 4);
        r2.proxy.clear();
        const upload = await r2.store.startMultipart(`${r2.prefix}big`, { partBytes: PART_BYTES });
        r2.proxy.inject({ fault: { kind } });
        await expect(sendPart(upload, 1, Buffer.from("x"))).rejects.toBeInstanceOf(AppError);
        expect(r2.sent("putPart")).toBe(8);
        r2.proxy.clear();
        await upload.abort();
      });
    }

    it("waits longer each time, never less than a second after a 429, and as long as Retry-After says", async () => {
      r2.proxy.inject({
        fault: { kind: "status", status: 429, code: "TooManyRequests", headers: { "retry-after": "7" } },
        times: 1,
      });
      r2.proxy.inject({ fault: { kind: "throttled" }, times: 1 });
      r2.proxy.inject({ fault: { kind: "server-error" }, times: 2 });
      await r2.store.put(`${r2.prefix}x`, Buffer.from("x"));
      const [first = 0, second = 0, third = 0, fourth = 0] = r2.clock.pauses;
      expect(first).toBeGreaterThanOrEqual(250);
      expect(first).toBeLessThanOrEqual(500);
      expect(second).toBeGreaterThanOrEqual(500);
      expect(third).toBeGreaterThanOrEqual(2000);
      expect(fourth).toBeGreaterThanOrEqual(7000);
    });

    it("sends a part again that did not arrive whole, which R2 tells by a 400", async () => {
      const upload = await r2.store.startMultipart(`${r2.prefix}big`, { partBytes: PART_BYTES });
      for (const code of ["IncompleteBody", "ClientDisconnect", "XAmzContentSHA256Mismatch"])
        r2.proxy.inject({
          fault: { kind: "status", status: 400, code },
          times: 1,
          when: ({ verb }) => verb === "putPart",
        });
      await sendPart(upload, 1, randomBytes(1000));
      expect(r2.sent("putPart")).toBe(4);
      expect(await upload.complete()).toMatchObject({ bytes: 1000 });
    });

    it("survives R2's one write per second and key", async () => {
      r2.proxy.inject({ fault: { kind: "one-write-per-second" } });
      const patient = { ...r2.clock, sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };
      const slow = createR2Store(r2.proxy.settings, { clock: patient, writeSpacingMs: 0 });
      await slow.put(`${r2.prefix}manifest`, Buffer.from("1"));
      await slow.put(`${r2.prefix}manifest`, Buffer.from("2"));
      expect(r2.proxy.requests.map(({ status }) => status)).toEqual([200, 429, 200]);
    });

    it("stops waiting when the caller cancels", async () => {
      r2.proxy.inject({ fault: { kind: "unavailable" } });
      const stop = new AbortController();
      const watched = createR2Store(r2.proxy.settings, { clock: r2.clock, onRetry: () => stop.abort() });
      await expectCode(watched.put(`${r2.prefix}x`, Buffer.from("x"), { signal: stop.signal }), "cancelled");
      expect(r2.sent("put")).toBe(1);
    });

    it("says that nobody answers, and works again when somebody does", async () => {
      await r2.proxy.goAway();
      await expectCode(r2.store.head(`${r2.prefix}x`), "storage_unreachable");
      await r2.proxy.comeBack();
      expect(await r2.store.head(`${r2.prefix}x`)).toBeNull();
    });
  });

  it("gives up a connection on which nothing moves, for every kind of request", async () => {
    const hurried = r2.impatient();
    await hurried.put(`${r2.prefix}x`, Buffer.from("x"));
    const upload = await hurried.startMultipart(`${r2.prefix}big`, { partBytes: PART_BYTES });
    const verbs = ["head", "get", "list", "putPart"];
    for (const verb of verbs)
      r2.proxy.inject({ fault: { kind: "never-answer" }, times: 1, when: (request) => request.verb === verb });
    await Promise.all([
      expect(hurried.head(`${r2.prefix}x`)).resolves.not.toBeNull(),
      expect(existing(hurried.get(`${r2.prefix}x`)).then(collect)).resolves.toEqual(Buffer.from("x")),
      expect(listAll(hurried, r2.prefix)).resolves.toHaveLength(1),
      sendPart(upload, 1, randomBytes(100_000)),
    ]);
    for (const verb of verbs) expect(r2.sent(verb)).toBeGreaterThanOrEqual(2);
    await upload.abort();
  });
});
