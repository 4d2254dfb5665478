import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ObjectStore } from "./object-store";
import { createR2Store } from "./r2-store";
import { type FaultyProxy, startFaultyProxy } from "./testing/faulty-proxy";
import { collect, described, existing, expectCode, listAll, sendPart } from "./testing/object-store-suite";
import { createQuickClock } from "./testing/quick-clock";
import { type R2Simulator, startR2Simulator } from "./testing/r2-simulator";

const PART_BYTES = 5 * 1024 * 1024;
const INACTIVITY_MS = 1500;

describe("copies and resumed uploads of the R2 store behind a faulty proxy", () => {
  let simulator: R2Simulator;
  let proxy: FaultyProxy;
  let store: ObjectStore;
  /** Past the proxy, as another server would. */
  let direct: ObjectStore;
  let prefix = "";
  let tests = 0;
  beforeAll(async () => {
    simulator = await startR2Simulator();
    proxy = await startFaultyProxy({ target: simulator.settings });
  });
  afterAll(async () => {
    await proxy?.stop();
    await simulator?.stop();
  });
  const open = (settings = proxy.settings) =>
    createR2Store(settings, {
      clock: createQuickClock(),
      writeSpacingMs: 0,
      inactivityMs: INACTIVITY_MS,
      copyLimits: { wholeBytes: 2 * PART_BYTES, partBytes: PART_BYTES },
    });
  beforeEach(() => {
    store = open();
    direct = open(simulator.settings);
    proxy.requests.length = 0;
    tests += 1;
    prefix = `copy-${tests}/`;
  });
  afterEach(() => proxy.clear());
  const sent = (verb: string) => proxy.requests.filter((request) => request.verb === verb).length;
  const read = async (key: string) => collect(await existing(direct.get(key)));
  async function given(bytes: number) {
    const content = randomBytes(bytes);
    await direct.put(`${prefix}base`, content);
    return { content, source: await described(direct, `${prefix}base`) };
  }

  it("an object onto itself, whole and in parts, also when the answer is lost after it was done", async () => {
    for (const bytes of [1000, 2 * PART_BYTES + 5]) {
      const { content, source } = await given(bytes);
      proxy.inject({
        fault: { kind: "reset-after" },
        when: ({ verb }) => verb === "copy" || verb === "complete",
        times: 1,
      });
      const renewed = await store.copy(source, source.key, { metadata: { type: "manual" } });
      expect(renewed.bytes).toBe(bytes);
      expect(await described(direct, source.key)).toEqual(renewed);
      expect((await read(source.key)).equals(content)).toBe(true);
    }
  });

  describe("a whole copy", () => {
    it("is one conditional request with metadata of its own, and one look", async () => {
      const { source } = await given(1000);
      await store.copy(source, `${prefix}copy`, { metadata: { type: "manual" }, contentDisposition: "attachment" });
      expect(proxy.requests.map(({ verb }) => verb)).toEqual(["copy", "head"]);
      expect(proxy.requests[0]?.headers).toMatchObject({
        "x-amz-copy-source-if-match": `"${source.etag}"`,
        "x-amz-metadata-directive": "REPLACE",
        "x-amz-meta-type": "manual",
        "x-amz-meta-nestegg-write": expect.stringMatching(/^[0-9a-f]{32}$/),
        "content-disposition": "attachment",
      });
    });

    for (const bodyTail of ["", "\n"]) {
      it(`answered 200 with an error${bodyTail && " and a line break"} in its body is tried again`, async () => {
        const { source, content } = await given(1000);
        proxy.inject({
          fault: { kind: "status", status: 200, code: "InternalError", bodyTail },
          times: 2,
          when: ({ verb }) => verb === "copy",
        });
        expect(await store.copy(source, `${prefix}copy`, {})).toMatchObject({ bytes: 1000 });
        expect(sent("copy")).toBe(3);
        expect((await read(`${prefix}copy`)).equals(content)).toBe(true);
      });
    }

    it("answered 200 with an error each time fails, and nothing is visible", async () => {
      const { source } = await given(1000);
      proxy.inject({
        fault: { kind: "status", status: 200, code: "InternalError" },
        when: ({ verb }) => verb === "copy",
      });
      await expectCode(store.copy(source, `${prefix}copy`, {}), "storage_failed");
      expect(await direct.head(`${prefix}copy`)).toBeNull();
    });

    it("whose answer is lost is found by looking, not made again", async () => {
      const { source, content } = await given(1000);
      proxy.inject({ fault: { kind: "reset-after" }, when: ({ verb }) => verb === "copy" });
      expect(await store.copy(source, `${prefix}copy`, {})).toMatchObject({ bytes: 1000 });
      expect(sent("copy")).toBe(1);
      expect((await read(`${prefix}copy`)).equals(content)).toBe(true);
    });

    it("is tried again when it is cut off and the look after it is cut off as well", async () => {
      const { source, content } = await given(1000);
      proxy.inject({ fault: { kind: "reset-before" }, times: 1, when: ({ verb }) => verb === "copy" });
      proxy.inject({
        fault: { kind: "reset-before" },
        times: 1,
        when: ({ verb, key }) => verb === "head" && key === `${prefix}copy`,
      });
      expect(await store.copy(source, `${prefix}copy`, {})).toMatchObject({ bytes: 1000 });
      expect((await read(`${prefix}copy`)).equals(content)).toBe(true);
    });

    it("that never reached the store is not mistaken for an older object of the same size", async () => {
      const { source } = await given(1000);
      const old = randomBytes(1000);
      await direct.put(`${prefix}copy`, old);
      proxy.inject({ fault: { kind: "reset-before" }, when: ({ verb }) => verb === "copy" });
      await expectCode(store.copy(source, `${prefix}copy`, {}), "storage_unreachable");
      expect((await read(`${prefix}copy`)).equals(old)).toBe(true);
    });
  });

  describe("an object too large for one request", () => {
    it("is copied in equal parts, under one name at the end", async () => {
      const { source, content } = await given(2 * PART_BYTES + 77);
      const copy = await store.copy(source, `${prefix}copy`, { metadata: { type: "manual" } });
      expect(copy.bytes).toBe(content.byteLength);
      expect(sent("copy")).toBe(0);
      const ranges = proxy.requests.flatMap(({ headers }) => headers["x-amz-copy-source-range"] ?? []);
      expect(ranges.sort()).toEqual(
        [
          `bytes=${PART_BYTES}-${2 * PART_BYTES - 1}`,
          `bytes=${2 * PART_BYTES}-${2 * PART_BYTES + 76}`,
          `bytes=0-${PART_BYTES - 1}`,
        ].sort(),
      );
      expect((await read(`${prefix}copy`)).equals(content)).toBe(true);
    });

    it("is not copied when it has another content by the end, though each part was taken", async () => {
      const { source } = await given(2 * PART_BYTES + 77);
      const replaced = direct.put(`${prefix}never`, Buffer.from("x")).then(async () => {
        await vi.waitFor(() => expect(sent("copyPart")).toBeGreaterThan(0), { timeout: 30_000 });
        await direct.put(source.key, randomBytes(source.bytes));
      });
      proxy.inject({ fault: { kind: "hold", until: replaced }, when: ({ verb }) => verb === "copyPart" });
      await expectCode(store.copy(source, `${prefix}copy`, {}), "storage_precondition");
      expect(await direct.head(`${prefix}copy`)).toBeNull();
      expect(sent("abort")).toBe(1);
      expect(sent("complete")).toBe(0);
    });

    it("that goes missing meanwhile is told as such", async () => {
      const { source } = await given(2 * PART_BYTES + 77);
      const deleted = direct.put(`${prefix}never`, Buffer.from("x")).then(async () => {
        await vi.waitFor(() => expect(sent("copyPart")).toBeGreaterThan(0), { timeout: 30_000 });
        await direct.delete(source.key);
      });
      proxy.inject({ fault: { kind: "hold", until: deleted }, when: ({ verb }) => verb === "copyPart" });
      await expectCode(store.copy(source, `${prefix}copy`, {}), "storage_precondition");
      expect(await direct.head(`${prefix}copy`)).toBeNull();
    });
  });

  for (const bodyTail of ["", "\n"]) {
    it(`a copied part answered 200 with an error${bodyTail && " and a line break"} is tried again`, async () => {
      const { source, content } = await given(1000);
      const upload = await store.startMultipart(`${prefix}big`, { partBytes: PART_BYTES });
      proxy.inject({
        fault: { kind: "status", status: 200, code: "InternalError", bodyTail },
        times: 2,
        when: ({ verb }) => verb === "copyPart",
      });
      const receipt = await upload.copyPart(1, source.key, { start: 0, end: 999 });
      expect(sent("copyPart")).toBe(3);
      expect(receipt).toMatchObject({ partNumber: 1, bytes: 1000, facts: expect.stringMatching(/./) });
      await upload.complete();
      expect((await read(`${prefix}big`)).equals(content)).toBe(true);
    });
  }

  describe("a resumed upload", () => {
    async function begun() {
      const first = await store.startMultipart(`${prefix}big`, { partBytes: PART_BYTES });
      const receipts = [await sendPart(first, 1, randomBytes(PART_BYTES)), await sendPart(first, 2, randomBytes(50))];
      return { first, unfinished: { uploadId: first.uploadId, writeMark: first.writeMark, receipts } };
    }
    const resume = (unfinished: Awaited<ReturnType<typeof begun>>["unfinished"]) =>
      open().resumeMultipart(`${prefix}big`, unfinished, { partBytes: PART_BYTES });

    it("asks the store nothing before its first use", async () => {
      const { unfinished } = await begun();
      proxy.requests.length = 0;
      await resume(unfinished);
      expect(proxy.requests).toEqual([]);
    });

    it("finds its object when the answer to complete is lost", async () => {
      const { unfinished } = await begun();
      const second = await resume(unfinished);
      proxy.inject({ fault: { kind: "reset-after" }, times: 1, when: ({ verb }) => verb === "complete" });
      expect(await second.complete()).toMatchObject({ bytes: PART_BYTES + 50 });
    });

    it("finds its object when an earlier process had completed it without hearing the answer", async () => {
      const { first, unfinished } = await begun();
      const object = await first.complete();
      expect(await (await resume(unfinished)).complete()).toEqual(object);
    });

    it("is not mistaken for an older object of the same size", async () => {
      const { unfinished } = await begun();
      await direct.abortMultipart(`${prefix}big`, unfinished.uploadId);
      await direct.put(`${prefix}big`, randomBytes(PART_BYTES + 50));
      await expectCode((await resume(unfinished)).complete(), "storage_upload_gone");
    });

    it("that is gone says so at its first use, whichever that is", async () => {
      const { unfinished } = await begun();
      await direct.put(`${prefix}base`, randomBytes(100));
      await direct.abortMultipart(`${prefix}big`, unfinished.uploadId);
      await expectCode(sendPart(await resume(unfinished), 3, randomBytes(9)), "storage_upload_gone");
      const copying = (await resume(unfinished)).copyPart(3, `${prefix}base`, { start: 0, end: 9 });
      await expectCode(copying, "storage_upload_gone");
      await expectCode((await resume(unfinished)).complete(), "storage_upload_gone");
      await (await resume(unfinished)).abort();
      expect(await listAll(direct, `${prefix}big`)).toEqual([]);
    });
  });
});
