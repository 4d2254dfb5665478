import { createHash, randomBytes } from "node:crypto";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasCode } from "../../errors";
import type { MultipartUpload, ObjectBody, ObjectStore, PartReceipt, StoredObject } from "../object-store";

export interface StoreUnderTest {
  store: ObjectStore;
  /** Another store object on the same data, as a later process would have it. */
  reopen(): ObjectStore;
  stop(): Promise<void>;
}

interface SuiteOptions {
  /** R2's least part; a folder takes any, but the suite is the same for all. */
  partBytes?: number;
  /** Behind a slow door, where paging is not the point, fewer will do. */
  manyObjects?: number;
  /** What the store has of lifecycle rules; left out where nothing models them (R2's simulator). */
  lifecycle?: "none" | "kept";
}

const MEBIBYTE = 1024 * 1024;
/** A thousand requests to a simulator on a machine that runs everything else too. */
const TEST_TIMEOUT_MS = 180_000;

/** Every promise of `object-store.ts`, for whatever keeps them. Each test writes under a prefix of its own. */
export function describeObjectStore(
  name: string,
  open: () => Promise<StoreUnderTest>,
  options: SuiteOptions = {},
): void {
  const partBytes = options.partBytes ?? 5 * MEBIBYTE;
  const manyObjects = options.manyObjects ?? 1005;

  describe(`${name} keeps the promises of an object store`, () => {
    let under: StoreUnderTest;
    let store: ObjectStore;
    let tests = 0;
    let prefix = "";
    beforeAll(async () => {
      under = await open();
      store = under.store;
    });
    afterAll(async () => {
      await under?.stop();
    });
    const test = (title: string, body: () => Promise<void>) =>
      it(
        title,
        async () => {
          tests += 1;
          prefix = `t${tests}/`;
          await body();
        },
        TEST_TIMEOUT_MS,
      );

    describe("objects", () => {
      test("reads back what was put, with the same ETag by put, head, get and list", async () => {
        const key = `${prefix}hello.txt`;
        const { etag } = await store.put(key, Buffer.from("hello"), { contentType: "text/plain" });
        expect(etag).not.toBe("");
        expect(await store.head(key)).toMatchObject({ key, bytes: 5, etag });
        const body = await existing(store.get(key));
        expect(body).toMatchObject({ bytes: 5, totalBytes: 5, etag });
        expect((await collect(body)).toString()).toBe("hello");
        const [listed] = await listAll(store, prefix);
        expect(listed).toMatchObject({ key, bytes: 5, etag });
        expect(Math.abs((listed?.lastModified.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
      });

      test("answers null for what is missing, and deletes it without an error", async () => {
        expect(await store.head(`${prefix}nothing`)).toBeNull();
        expect(await store.get(`${prefix}nothing`)).toBeNull();
        expect(await store.get(`${prefix}nothing`, { range: { start: 5, end: 9 } })).toBeNull();
        await store.delete(`${prefix}nothing`);
        await store.delete(`${prefix}nothing/deeper`);
      });

      test("stores, lists and reads an object of zero bytes", async () => {
        const key = `${prefix}empty`;
        await store.put(key, Buffer.alloc(0));
        expect(await store.head(key)).toMatchObject({ bytes: 0 });
        const body = await existing(store.get(key));
        expect(body).toMatchObject({ bytes: 0, totalBytes: 0 });
        expect((await collect(body)).byteLength).toBe(0);
        expect(await listAll(store, prefix)).toMatchObject([{ key, bytes: 0 }]);
        await expectCode(store.get(key, { range: { start: 0, end: 0 } }), "storage_range_invalid");
      });

      test("gives another ETag to another content, however fast the writes follow each other", async () => {
        const key = `${prefix}same-size`;
        const etags = new Set<string>();
        for (let index = 0; index < 30; index += 1) {
          etags.add((await store.put(key, Buffer.from(`content ${String(index).padStart(3, "0")}`))).etag);
          if (index % 3 === 2) await store.delete(key);
        }
        expect(etags.size).toBe(30);
      });

      test("keeps odd names apart and gives them back unchanged", async () => {
        const keys = [
          "a b+c&d=e?.txt",
          "a%20b",
          "a%2Fb",
          "%",
          "ümläut/日本語/🥚.duckdb",
          "back\\slash",
          "quote\"and'tick",
          "semi;colon:star*<>|",
          ".hidden",
          ".nestegg/upload-1",
          "..dots..",
          "double//slash",
          "trailing/",
          "tab\there",
          "~tilde!(brackets)@$,",
          "CASE",
        ].map((key) => prefix + key);
        for (const key of keys) await store.put(key, Buffer.from(key));
        expect((await listAll(store, prefix)).map(({ key }) => key)).toEqual([...keys].sort(byBytes));
        for (const key of keys) {
          expect((await collect(await existing(store.get(key)))).toString()).toBe(key);
          expect(await store.head(key)).toMatchObject({ key });
        }
        for (const key of keys) await store.delete(key);
        expect(await listAll(store, prefix)).toEqual([]);
      });

      test("refuses names that could point elsewhere or that no bucket holds", async () => {
        const keys = [
          "",
          "../outside",
          `${prefix}a/../b`,
          `${prefix}./b`,
          `${prefix}..`,
          "x".repeat(1025),
          "lone\ud800half",
        ];
        for (const key of keys) {
          await expectCode(store.put(key, Buffer.from("x")), "invalid_input");
          await expectCode(store.get(key), "invalid_input");
          await expectCode(store.head(key), "invalid_input");
          await expectCode(store.delete(key), "invalid_input");
          await expectCode(store.startMultipart(key, { partBytes }), "invalid_input");
        }
      });

      test("reads ranges, cuts one that goes behind the end, refuses one that begins there", async () => {
        const key = `${prefix}range`;
        const content = randomBytes(300_000);
        const { etag } = await store.put(key, content);
        const ranges = [
          [0, 0],
          [0, 99],
          [12_288, 262_143],
          [299_999, 299_999],
          [299_990, 400_000],
        ];
        for (const [start = 0, end = 0] of ranges) {
          const expected = content.subarray(start, end + 1);
          const body = await existing(store.get(key, { range: { start, end }, ifMatch: etag }));
          expect(body).toMatchObject({ bytes: expected.byteLength, totalBytes: 300_000, etag });
          expect((await collect(body)).equals(expected)).toBe(true);
        }
        await expectCode(store.get(key, { range: { start: 300_000, end: 300_010 } }), "storage_range_invalid");
        await expectCode(store.get(key, { range: { start: 10, end: 9 } }), "storage_range_invalid");
      });

      test("refuses to read another content than the one asked for", async () => {
        const key = `${prefix}guarded`;
        const { etag } = await store.put(key, Buffer.from("one"));
        await store.put(key, Buffer.from("two"));
        await expectCode(store.get(key, { ifMatch: etag }), "storage_precondition");
        await expectCode(store.get(key, { ifMatch: etag, range: { start: 0, end: 1 } }), "storage_precondition");
      });

      test("lets go of a body that is not read to its end", async () => {
        const key = `${prefix}abandoned`;
        await store.put(key, randomBytes(MEBIBYTE));
        for (let round = 0; round < 60; round += 1) {
          const body = await existing(store.get(key));
          const iterator = body.stream[Symbol.asyncIterator]();
          if (round % 2 === 0) await iterator.next();
          await iterator.return?.();
          expect(await iterator.next()).toMatchObject({ done: true });
        }
        expect(await store.head(key)).toMatchObject({ bytes: MEBIBYTE });
      });

      test("readers see the old content or the new, never a mixture", async () => {
        const key = `${prefix}replaced`;
        const contents = ["a", "b"].map((letter) => Buffer.alloc(200_000, letter));
        await store.put(key, contents[0] ?? Buffer.alloc(0));
        const writing = (async () => {
          for (let round = 0; round < 10; round += 1) await store.put(key, contents[round % 2] ?? Buffer.alloc(0));
        })();
        for (let round = 0; round < 15; round += 1) {
          const body = await existing(store.get(key));
          const bytes = await collect(body).catch((error) => {
            // A read that broke off may not go on in another content; told, not mixed.
            expect(hasCode(error, "storage_precondition")).toBe(true);
            return null;
          });
          if (bytes) expect(contents.some((content) => content.equals(bytes))).toBe(true);
        }
        await writing;
      });
    });

    describe("conditions", () => {
      test("writes only where nothing is, and only over the expected content", async () => {
        const key = `${prefix}claim`;
        const { etag } = await store.put(key, Buffer.from("first"), { ifNoneMatch: "*" });
        await expectCode(store.put(key, Buffer.from("second"), { ifNoneMatch: "*" }), "storage_precondition");
        await expectCode(store.put(key, Buffer.from("third"), { ifMatch: "0123456789abcdef" }), "storage_precondition");
        expect((await collect(await existing(store.get(key)))).toString()).toBe("first");
        const { etag: next } = await store.put(key, Buffer.from("fourth"), { ifMatch: etag });
        expect((await collect(await existing(store.get(key)))).toString()).toBe("fourth");
        await expectCode(store.put(key, Buffer.from("fifth"), { ifMatch: etag }), "storage_precondition");
        await store.delete(key);
        await expectCode(store.put(key, Buffer.from("sixth"), { ifMatch: next }), "storage_precondition");
        expect(await store.head(key)).toBeNull();
      });

      test("has exactly one winner when many claim a name at once", async () => {
        const key = `${prefix}race`;
        const outcomes = await Promise.allSettled(
          Array.from({ length: 12 }, (_, index) =>
            store.put(key, Buffer.from(`writer ${index}`), { ifNoneMatch: "*" }),
          ),
        );
        const winner = onlyWinner(outcomes);
        expect((await collect(await existing(store.get(key)))).toString()).toBe(`writer ${winner}`);
      });

      test("has exactly one winner when many replace the same content at once", async () => {
        const key = `${prefix}swap`;
        const { etag } = await store.put(key, Buffer.from("start"));
        const outcomes = await Promise.allSettled(
          Array.from({ length: 8 }, (_, index) => store.put(key, Buffer.from(`writer ${index}`), { ifMatch: etag })),
        );
        const winner = onlyWinner(outcomes);
        expect((await collect(await existing(store.get(key)))).toString()).toBe(`writer ${winner}`);
      });
    });

    describe("lists", () => {
      test(`lists ${manyObjects} objects once each, in the order of their bytes`, async () => {
        const keys = Array.from(
          { length: manyObjects },
          (_, index) => `${prefix}object-${String(index).padStart(4, "0")}`,
        );
        const limit = pLimit(16);
        await Promise.all(keys.map((key) => limit(() => store.put(key, Buffer.from("x")))));
        expect((await listAll(store, prefix)).map(({ key }) => key)).toEqual(keys);
        const start = `${prefix}object-100`;
        expect((await listAll(store, start)).map(({ key }) => key)).toEqual(
          keys.filter((key) => key.startsWith(start)),
        );
      });

      test("takes a prefix by its characters, not by folders, and sorts by bytes", async () => {
        const names = ["a/b", "a-b", "a/c/d", "a0", "ab/c", "b", "é", "z", "🥚"];
        for (const name of names) await store.put(prefix + name, Buffer.from("x"));
        const listed = async (start: string) =>
          (await listAll(store, prefix + start)).map(({ key }) => key.slice(prefix.length));
        expect(await listed("")).toEqual([...names].sort(byBytes));
        expect(await listed("a")).toEqual(["a-b", "a/b", "a/c/d", "a0", "ab/c"]);
        expect(await listed("a/")).toEqual(["a/b", "a/c/d"]);
        expect(await listed("a/c/d")).toEqual(["a/c/d"]);
        expect(await listed("c")).toEqual([]);
      });

      test("can be left early", async () => {
        for (const name of ["1", "2", "3"]) await store.put(prefix + name, Buffer.from("x"));
        for await (const { key } of store.list(prefix)) {
          expect(key).toBe(`${prefix}1`);
          break;
        }
      });
    });

    describe("uploads in parts", () => {
      const shapes: [string, number[]][] = [
        ["a short last part", [partBytes, partBytes, 1234]],
        ["only full parts", [partBytes, partBytes]],
        ["one short part", [77]],
        ["one full part", [partBytes]],
      ];
      for (const [title, lengths] of shapes) {
        test(`joins ${title}, visible only when complete`, async () => {
          const key = `${prefix}big`;
          const bodies = lengths.map((length) => randomBytes(length));
          const upload = await store.startMultipart(key, { partBytes, metadata: { type: "manual" } });
          // Backwards and together: parts have no order until the end.
          await Promise.all(bodies.map((body, index) => sendPart(upload, index + 1, body)).reverse());
          expect(await store.head(key)).toBeNull();
          expect(await listAll(store, prefix)).toEqual([]);
          const object = await upload.complete();
          const whole = Buffer.concat(bodies);
          expect(object).toMatchObject({ key, bytes: whole.byteLength });
          expect((await store.head(key))?.etag).toBe(object.etag);
          expect((await collect(await existing(store.get(key, { ifMatch: object.etag })))).equals(whole)).toBe(true);
          expect((await listAll(store, prefix)).map(({ key: listed, etag }) => [listed, etag])).toEqual([
            [key, object.etag],
          ]);
          await upload.abort();
          expect(await store.head(key)).not.toBeNull();
        });
      }

      test("takes the last word for a part that is sent again", async () => {
        const key = `${prefix}again`;
        const upload = await store.startMultipart(key, { partBytes });
        await sendPart(upload, 1, randomBytes(partBytes));
        await sendPart(upload, 2, randomBytes(900));
        const bodies = [randomBytes(partBytes), randomBytes(300)];
        for (const [index, body] of bodies.entries()) await sendPart(upload, index + 1, body);
        expect(await upload.complete()).toMatchObject({ bytes: partBytes + 300 });
        expect((await collect(await existing(store.get(key)))).equals(Buffer.concat(bodies))).toBe(true);
      });

      test("refuses unequal, missing, oversized and empty parts, and shows nothing", async () => {
        const key = `${prefix}unequal`;
        const upload = await store.startMultipart(key, { partBytes });
        await expectCode(upload.complete(), "storage_failed");
        await sendPart(upload, 1, randomBytes(partBytes));
        await sendPart(upload, 3, randomBytes(10));
        await expectCode(upload.complete(), "storage_failed");
        await sendPart(upload, 2, randomBytes(partBytes - 1));
        await expectCode(upload.complete(), "storage_failed");
        await expectCode(sendPart(upload, 2, randomBytes(partBytes + 1)), "storage_failed");
        await expectCode(sendPart(upload, 2, Buffer.alloc(0)), "storage_failed");
        await expectCode(sendPart(upload, 0, randomBytes(10)), "storage_failed");
        await expectCode(sendPart(upload, 10_001, randomBytes(10)), "storage_failed");
        expect(await store.head(key)).toBeNull();
        await upload.abort();
        expect(await listAll(store, prefix)).toEqual([]);
      });

      test("refuses a part that is not what its SHA-256 says", async () => {
        const key = `${prefix}damaged`;
        const upload = await store.startMultipart(key, { partBytes });
        const body = randomBytes(1000);
        await expectCode(upload.putPart(1, body, sha256(randomBytes(1000))), "storage_failed");
        await sendPart(upload, 1, body);
        await upload.complete();
        expect((await collect(await existing(store.get(key)))).equals(body)).toBe(true);
      });

      test("leaves nothing after an abort, which may be repeated", async () => {
        const key = `${prefix}aborted`;
        const upload = await store.startMultipart(key, { partBytes });
        await sendPart(upload, 1, randomBytes(partBytes));
        const late = sendPart(upload, 2, randomBytes(partBytes)).catch(() => undefined);
        await upload.abort();
        await late;
        await upload.abort();
        await store.abortMultipart(key, upload.uploadId);
        await expectCode(sendPart(upload, 2, randomBytes(10)), "storage_upload_gone");
        expect(await store.head(key)).toBeNull();
        expect(await listAll(store, prefix)).toEqual([]);
      });

      test("drops an upload of an earlier process, and takes an unknown one for dropped", async () => {
        const key = `${prefix}left-behind`;
        const upload = await store.startMultipart(key, { partBytes });
        await sendPart(upload, 1, randomBytes(partBytes));
        const later = under.reopen();
        await later.abortMultipart(key, upload.uploadId);
        await later.abortMultipart(key, upload.uploadId);
        await later.abortMultipart(key, "no-such-upload");
        await later.abortMultipart(key, "../../outside");
        await expectCode(upload.complete(), "storage_upload_gone");
        expect(await store.head(key)).toBeNull();
        await upload.abort();
      });

      test("copies parts from another object, mixed with sent ones", async () => {
        const base = `${prefix}base ü+%.duckdb`;
        const content = randomBytes(partBytes * 2 + 500);
        const first = await store.startMultipart(base, { partBytes });
        for (let part = 0; part < 3; part += 1)
          await sendPart(first, part + 1, content.subarray(part * partBytes, (part + 1) * partBytes));
        await first.complete();
        const key = `${prefix}next.duckdb`;
        const changed = randomBytes(partBytes);
        const upload = await store.startMultipart(key, { partBytes });
        await Promise.all([
          upload.copyPart(1, base, { start: 0, end: partBytes - 1 }),
          sendPart(upload, 2, changed),
          upload.copyPart(3, base, { start: partBytes * 2, end: content.byteLength - 1 }),
        ]);
        const object = await upload.complete();
        const expected = Buffer.concat([content.subarray(0, partBytes), changed, content.subarray(partBytes * 2)]);
        expect(object.bytes).toBe(expected.byteLength);
        expect((await collect(await existing(store.get(key)))).equals(expected)).toBe(true);
        expect((await collect(await existing(store.get(base)))).equals(content)).toBe(true);
      });

      test("gives a receipt for each part, as plain data", async () => {
        const base = `${prefix}base`;
        await store.put(base, randomBytes(partBytes));
        const upload = await store.startMultipart(`${prefix}receipts`, { partBytes });
        const sent = await sendPart(upload, 1, randomBytes(partBytes));
        const copied = await upload.copyPart(2, base, { start: 10, end: 99 });
        expect(sent).toEqual({ partNumber: 1, bytes: partBytes, facts: expect.stringMatching(/./) });
        expect(copied).toEqual({ partNumber: 2, bytes: 90, facts: expect.stringMatching(/./) });
        expect(upload.writeMark).not.toBe("");
        await upload.abort();
      });

      test("does not make a part of an object that is missing", async () => {
        const upload = await store.startMultipart(`${prefix}orphan`, { partBytes });
        await expectCode(upload.copyPart(1, `${prefix}missing`, { start: 0, end: 99 }), "storage_failed");
        await upload.abort();
      });

      test("runs several uploads to different names side by side", async () => {
        const bodies = Array.from({ length: 4 }, () => randomBytes(partBytes + 10));
        await Promise.all(
          bodies.map(async (body, index) => {
            const upload = await store.startMultipart(`${prefix}side-${index}`, { partBytes });
            await sendPart(upload, 1, body.subarray(0, partBytes));
            await sendPart(upload, 2, body.subarray(partBytes));
            await upload.complete();
          }),
        );
        for (const [index, body] of bodies.entries())
          expect((await collect(await existing(store.get(`${prefix}side-${index}`)))).equals(body)).toBe(true);
      });
    });

    describe("whole copies", () => {
      for (const bytes of [0, 77, partBytes + 1234]) {
        test(`copies an object of ${bytes} bytes under another name, over what is there`, async () => {
          const sourceKey = `${prefix}base ü+%.duckdb`;
          const content = randomBytes(bytes);
          await store.put(sourceKey, content);
          const key = `${prefix}copy ü+%.duckdb`;
          await store.put(key, Buffer.from("old"));
          const source = await described(store, sourceKey);
          const copy = await store.copy(source, key, {
            metadata: { type: "manual" },
            contentDisposition: "attachment",
          });
          expect(copy).toMatchObject({ key, bytes });
          expect(await store.head(key)).toEqual(copy);
          expect((await collect(await existing(store.get(key, { ifMatch: copy.etag })))).equals(content)).toBe(true);
          expect(await store.head(sourceKey)).toEqual(source);
          await store.delete(sourceKey);
          expect((await collect(await existing(store.get(key)))).equals(content)).toBe(true);
        });
      }

      test("copies an object that came in parts", async () => {
        const { key: sourceKey, content } = await uploadParts(store, `${prefix}base`, partBytes, [partBytes, 500]);
        const source = await described(store, sourceKey);
        const copy = await store.copy(source, `${prefix}copy`, {});
        expect(copy.bytes).toBe(content.byteLength);
        expect((await collect(await existing(store.get(`${prefix}copy`)))).equals(content)).toBe(true);
      });

      test("refuses a source that is missing or has another content, and changes nothing", async () => {
        const key = `${prefix}copy`;
        const sourceKey = `${prefix}base`;
        await store.put(sourceKey, Buffer.from("one"));
        const source = await described(store, sourceKey);
        await store.put(sourceKey, Buffer.from("two"));
        await expectCode(store.copy(source, key, {}), "storage_precondition");
        expect(await store.head(key)).toBeNull();
        await store.put(key, Buffer.from("kept"));
        await store.delete(sourceKey);
        await expectCode(store.copy(source, key, {}), "storage_precondition");
        expect((await collect(await existing(store.get(key)))).toString()).toBe("kept");
        expect((await listAll(store, prefix)).map((object) => object.key)).toEqual([key]);
      });

      test("copies an object onto itself: the same bytes, written anew", async () => {
        const { key, content } = await uploadParts(store, `${prefix}own`, partBytes, [partBytes, 500]);
        const before = await described(store, key);
        const renewed = await store.copy(before, key, { metadata: { type: "manual" } });
        expect(await store.head(key)).toEqual(renewed);
        expect(renewed.lastModified.getTime()).toBeGreaterThanOrEqual(before.lastModified.getTime());
        expect((await collect(await existing(store.get(key, { ifMatch: renewed.etag })))).equals(content)).toBe(true);
        expect((await listAll(store, prefix)).map((object) => object.key)).toEqual([key]);
      });

      test("refuses names that could point elsewhere", async () => {
        await store.put(`${prefix}base`, Buffer.from("x"));
        const source = await described(store, `${prefix}base`);
        await expectCode(store.copy(source, "../outside", {}), "invalid_input");
        await expectCode(store.copy({ ...source, key: `${prefix}a/../base` }, `${prefix}b`, {}), "invalid_input");
      });
    });

    describe("uploads that go on later", () => {
      test("continues with the parts that are there, in another process", async () => {
        const { key: base, content } = await uploadParts(store, `${prefix}base`, partBytes, [partBytes, partBytes, 99]);
        const key = `${prefix}resumed`;
        const changed = randomBytes(partBytes);
        const first = await store.startMultipart(key, { partBytes, metadata: { type: "manual" } });
        const receipts = [
          await first.copyPart(3, base, { start: 2 * partBytes, end: content.byteLength - 1 }),
          await sendPart(first, 1, changed),
        ];
        const { uploadId, writeMark } = first;
        const unfinished = JSON.parse(JSON.stringify({ uploadId, writeMark, receipts }));
        const later = under.reopen();
        const second = await later.resumeMultipart(key, unfinished, { partBytes });
        expect(second).toMatchObject({ uploadId, writeMark });
        expect(await store.head(key)).toBeNull();
        await expectCode(second.complete(), "storage_failed");
        await second.copyPart(2, base, { start: partBytes, end: 2 * partBytes - 1 });
        const object = await second.complete();
        expect(await store.head(key)).toEqual(object);
        const whole = Buffer.concat([changed, content.subarray(partBytes)]);
        expect((await collect(await existing(store.get(key)))).equals(whole)).toBe(true);
      });

      test("takes a part that is sent again instead of the one from before", async () => {
        const key = `${prefix}again`;
        const first = await store.startMultipart(key, { partBytes });
        const receipts = [
          await sendPart(first, 1, randomBytes(partBytes)),
          await sendPart(first, 2, randomBytes(2000)),
        ];
        const second = await under.reopen().resumeMultipart(key, { ...first, receipts }, { partBytes });
        const last = randomBytes(1000);
        await sendPart(second, 2, last);
        expect(await second.complete()).toMatchObject({ bytes: partBytes + 1000 });
        const tail = await existing(store.get(key, { range: { start: partBytes, end: partBytes + 999 } }));
        expect((await collect(tail)).equals(last)).toBe(true);
      });

      test("can go on more than once, and without any part", async () => {
        const key = `${prefix}twice`;
        const first = await store.startMultipart(key, { partBytes });
        const second = await under.reopen().resumeMultipart(key, { ...first, receipts: [] }, { partBytes });
        const receipts = [await sendPart(second, 1, randomBytes(partBytes))];
        const third = await under.reopen().resumeMultipart(key, { ...second, receipts }, { partBytes });
        await sendPart(third, 2, randomBytes(10));
        expect(await third.complete()).toMatchObject({ bytes: partBytes + 10 });
      });

      test("says that an upload is gone, and shows nothing", async () => {
        const key = `${prefix}gone`;
        const first = await store.startMultipart(key, { partBytes });
        const receipts = [await sendPart(first, 1, randomBytes(100))];
        await store.abortMultipart(key, first.uploadId);
        const later = under.reopen();
        const goOn = async (uploadId: string) => {
          const upload = await later.resumeMultipart(key, { uploadId, writeMark: "mark", receipts }, { partBytes });
          return upload.complete();
        };
        await expectCode(goOn(first.uploadId), "storage_upload_gone");
        await expectCode(goOn("no-such-upload"), "storage_upload_gone");
        await expectCode(goOn("../../outside"), "storage_upload_gone");
        expect(await store.head(key)).toBeNull();
      });

      test("can be dropped", async () => {
        const key = `${prefix}dropped`;
        const first = await store.startMultipart(key, { partBytes });
        const receipts = [await sendPart(first, 1, randomBytes(100))];
        const second = await under.reopen().resumeMultipart(key, { ...first, receipts }, { partBytes });
        await second.abort();
        await second.abort();
        await expectCode(first.complete(), "storage_upload_gone");
        expect(await store.head(key)).toBeNull();
        await first.abort();
      });
    });

    describe("uploads that begin with most of another object", () => {
      const cases: [string, (number | "same" | "shifted")[]][] = [
        ["the same parts but one", ["same", partBytes, "same"]],
        ["a shorter file", ["same", 10]],
        ["a longer file", ["same", "same", partBytes, 10]],
        ["bytes from another place", ["shifted", "same", "same"]],
        ["nothing but new parts", [partBytes, partBytes - 1]],
      ];
      for (const [title, plan] of cases) {
        test(`stores exactly what was asked for: ${title}`, async () => {
          const { key: base, content } = await uploadParts(store, `${prefix}base`, partBytes, [
            partBytes,
            partBytes,
            999,
          ]);
          const copyFrom = await described(store, base);
          const key = `${prefix}next`;
          const upload = await store.startMultipart(key, { partBytes, copyFrom });
          const bodies = await Promise.all(
            plan.map(async (what, index) => {
              if (typeof what === "number") {
                const body = randomBytes(what);
                await sendPart(upload, index + 1, body);
                return body;
              }
              const start = index * partBytes + (what === "shifted" ? 7 : 0);
              const end = Math.min(start + partBytes, content.byteLength) - 1;
              await upload.copyPart(index + 1, base, { start, end });
              return content.subarray(start, end + 1);
            }),
          );
          const whole = Buffer.concat(bodies);
          expect(await upload.complete()).toMatchObject({ bytes: whole.byteLength });
          expect((await collect(await existing(store.get(key)))).equals(whole)).toBe(true);
          expect((await collect(await existing(store.get(base)))).equals(content)).toBe(true);
        });
      }

      test("takes the last word for a part, whether it was copied or sent", async () => {
        const { key: base, content } = await uploadParts(store, `${prefix}base`, partBytes, [partBytes, 999]);
        const upload = await store.startMultipart(`${prefix}next`, {
          partBytes,
          copyFrom: await described(store, base),
        });
        const changed = randomBytes(999);
        await sendPart(upload, 1, randomBytes(partBytes));
        await upload.copyPart(1, base, { start: 0, end: partBytes - 1 });
        await upload.copyPart(2, base, { start: partBytes, end: content.byteLength - 1 });
        await sendPart(upload, 2, changed);
        await upload.complete();
        const whole = Buffer.concat([content.subarray(0, partBytes), changed]);
        expect((await collect(await existing(store.get(`${prefix}next`)))).equals(whole)).toBe(true);
      });

      test("begins empty when that object is missing or has another content", async () => {
        const base = `${prefix}base`;
        await store.put(base, Buffer.alloc(partBytes + 50, "old"));
        const old = await described(store, base);
        const content = randomBytes(partBytes + 50);
        await store.put(base, content);
        const upload = await store.startMultipart(`${prefix}next`, { partBytes, copyFrom: old });
        await upload.copyPart(1, base, { start: 0, end: partBytes - 1 });
        const last = randomBytes(20);
        await sendPart(upload, 2, last);
        await upload.complete();
        const whole = Buffer.concat([content.subarray(0, partBytes), last]);
        expect((await collect(await existing(store.get(`${prefix}next`)))).equals(whole)).toBe(true);

        await store.delete(base);
        const orphan = await store.startMultipart(`${prefix}orphan`, { partBytes, copyFrom: old });
        await expectCode(orphan.copyPart(1, base, { start: 0, end: 99 }), "storage_failed");
        await sendPart(orphan, 1, last);
        expect(await orphan.complete()).toMatchObject({ bytes: 20 });
      });

      test("leaves nothing when it is dropped at once", async () => {
        await store.put(`${prefix}base`, randomBytes(MEBIBYTE));
        const copyFrom = await described(store, `${prefix}base`);
        const upload = await store.startMultipart(`${prefix}next`, { partBytes, copyFrom });
        await upload.abort();
        await expectCode(sendPart(upload, 1, Buffer.from("x")), "storage_upload_gone");
        expect((await listAll(store, prefix)).map(({ key }) => key)).toEqual([`${prefix}base`]);
      });
    });

    describe("cancelling", () => {
      test("rejects everything with the code cancelled once the signal has fired", async () => {
        const key = `${prefix}stopped`;
        await store.put(key, randomBytes(MEBIBYTE));
        const upload = await store.startMultipart(`${prefix}upload`, { partBytes });
        const signal = AbortSignal.abort();
        await expectCode(store.head(key, { signal }), "cancelled");
        await expectCode(store.get(key, { signal }), "cancelled");
        await expectCode(store.put(key, Buffer.from("x"), { signal }), "cancelled");
        await expectCode(store.delete(key, { signal }), "cancelled");
        await expectCode(listAll(store, prefix, signal), "cancelled");
        await expectCode(upload.putPart(1, Buffer.from("x"), sha256(Buffer.from("x")), signal), "cancelled");
        await expectCode(upload.copyPart(1, key, { start: 0, end: 9 }, signal), "cancelled");
        await expectCode(store.startMultipart(key, { partBytes, signal }), "cancelled");
        await expectCode(store.resumeMultipart(key, { ...upload, receipts: [] }, { partBytes, signal }), "cancelled");
        await expectCode(store.copy(await described(store, key), `${prefix}copy`, { signal }), "cancelled");
        expect(await store.head(`${prefix}copy`)).toBeNull();
        await upload.abort();
        expect(await store.head(key)).toMatchObject({ bytes: MEBIBYTE });
      });

      test("stops a body that is being read", async () => {
        const key = `${prefix}long`;
        await store.put(key, randomBytes(4 * MEBIBYTE));
        const stop = new AbortController();
        const body = await existing(store.get(key, { signal: stop.signal }));
        const reading = (async () => {
          for await (const chunk of body.stream) if (chunk.byteLength > 0) stop.abort();
        })();
        await expectCode(reading, "cancelled");
      });
    });

    if (options.lifecycle === "none") {
      test("says that it has no lifecycle rules, and takes none", async () => {
        expect(await store.readLifecycle()).toBeNull();
        await expectCode(store.writeLifecycle([]), "invalid_input");
      });
    }
    if (options.lifecycle === "kept") {
      test("reads and replaces the rules of the bucket; what came from the store goes back as it was", async () => {
        const rule = { id: "a<&>b", prefix: "b/ü", enabled: true, expireDays: 90, abortDays: 7, coversPrefix: true };
        await store.writeLifecycle([rule]);
        const [read] = (await store.readLifecycle()) ?? [];
        expect(read).toMatchObject(rule);
        await store.writeLifecycle(read ? [read, { ...rule, id: "second", abortDays: null }] : []);
        const again = (await under.reopen().readLifecycle()) ?? [];
        expect(again.map(({ id, abortDays }) => [id, abortDays])).toEqual([
          ["a<&>b", 7],
          ["second", null],
        ]);
        expect(again[0]?.asWritten).toBe(read?.asWritten);
      });
    }

    test("counts its requests by price", async () => {
      await store.put(`${prefix}source`, Buffer.from("x"));
      const source = await described(store, `${prefix}source`);
      const beforeCopy = store.requestCounts();
      await store.copy(source, `${prefix}copy`, {});
      expect(store.requestCounts().classA).toBeGreaterThan(beforeCopy.classA);
      const before = store.requestCounts();
      await store.put(`${prefix}counted`, Buffer.from("x"));
      await store.head(`${prefix}counted`);
      await store.delete(`${prefix}counted`);
      const after = store.requestCounts();
      expect(after.classA).toBeGreaterThan(before.classA);
      expect(after.classB).toBeGreaterThan(before.classB);
      expect(after.free).toBeGreaterThan(before.free);
    });
  });
}

export function sha256(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

export function sendPart(upload: MultipartUpload, partNumber: number, body: Uint8Array): Promise<PartReceipt> {
  return upload.putPart(partNumber, body, sha256(body));
}

/** What HEAD says of an object that must be there. */
export async function described(store: ObjectStore, key: string): Promise<StoredObject> {
  const object = await store.head(key);
  if (!object) throw new Error(`${key} is missing`);
  return object;
}

async function uploadParts(store: ObjectStore, key: string, partBytes: number, lengths: number[]) {
  const bodies = lengths.map((length) => randomBytes(length));
  const upload = await store.startMultipart(key, { partBytes });
  await Promise.all(bodies.map((body, index) => sendPart(upload, index + 1, body)));
  await upload.complete();
  return { key, content: Buffer.concat(bodies) };
}

export async function collect(body: ObjectBody): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function listAll(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of store.list(prefix, signal ? { signal } : {})) objects.push(object);
  return objects;
}

export async function existing(reading: Promise<ObjectBody | null>): Promise<ObjectBody> {
  const body = await reading;
  if (!body) throw new Error("the object is missing");
  return body;
}

/** The code is the promise; the message is for people. */
export async function expectCode(doing: Promise<unknown>, code: string): Promise<void> {
  await expect(doing).rejects.toMatchObject({ name: "AppError", code });
}

function onlyWinner(outcomes: PromiseSettledResult<unknown>[]): number {
  const winners = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [index] : []));
  for (const outcome of outcomes)
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "storage_precondition" });
  expect(winners).toHaveLength(1);
  return winners[0] ?? -1;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
