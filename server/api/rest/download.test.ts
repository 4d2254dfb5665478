import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFakeNestegg, FAKE_ETAG, type FakeNestegg } from "../testing/fake-nestegg";
import { FAKE_ID, fakeBackup } from "../testing/fake-views";
import { type ServedApi, serveApi } from "../testing/serve-api";
import { parseByteRange } from "./byte-range";
import { toWebStream } from "./to-web-stream";

const CONTENT = Uint8Array.from({ length: 1000 }, (_, n) => n % 251);
const SYSTEM = { actor: { kind: "system", id: "system", name: "test" }, address: null } as const;
let nestegg: FakeNestegg;
let api: ServedApi;
let token: string;

beforeEach(async () => {
  nestegg = createFakeNestegg();
  api = await serveApi(nestegg);
  token = nestegg.addToken(["backups:download"]);
  nestegg.store.set(FAKE_ID, { view: fakeBackup({ bytes: CONTENT.byteLength }), content: CONTENT });
});
afterEach(() => api.close());

const download = (headers: Record<string, string> = {}, method = "GET") =>
  fetch(`${api.url}/api/admin/backup/${FAKE_ID}/download`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    redirect: "manual",
  });
const bytesOf = async (answer: Response) => new Uint8Array(await answer.arrayBuffer());

describe("from a local folder", () => {
  test("streams the file under its own name", async () => {
    const answer = await download();
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-length": "1000",
      "content-disposition": `attachment; filename="${FAKE_ID}"`,
      "accept-ranges": "bytes",
      etag: FAKE_ETAG,
    });
    expect(await bytesOf(answer)).toEqual(CONTENT);
  });

  test.each([
    ["bytes=0-9", 0, 9],
    ["bytes=990-", 990, 999],
    ["bytes=-10", 990, 999],
    ["bytes=990-5000", 990, 999],
    ["bytes=999-999", 999, 999],
    ["bytes=-5000", 0, 999],
  ])("%s is 206 with those bytes", async (range, start, end) => {
    const answer = await download({ range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes ${start}-${end}/1000`);
    expect(answer.headers.get("content-length")).toBe(String(end - start + 1));
    expect(await bytesOf(answer)).toEqual(CONTENT.slice(start, end + 1));
  });

  test.each(["bytes=1000-", "bytes=5000-6000", "bytes=-0"])("%s is 416 and tells the size", async (range) => {
    const answer = await download({ range });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([416, "bytes */1000"]);
    expect(await answer.json()).toMatchObject({ success: false, error: { code: "invalid_input" } });
  });

  test.each(["bytes=5-2", "lines=1-2", "bytes=0-1,5-6", "bytes=-", "nonsense"])(
    "%s gives the whole file",
    async (range) => {
      const answer = await download({ range });
      expect(answer.status).toBe(200);
      expect(await bytesOf(answer)).toEqual(CONTENT);
    },
  );

  test("If-Range goes on with the same file and starts over with another, leaving no reader behind", async () => {
    const same = await download({ range: "bytes=10-19", "if-range": FAKE_ETAG });
    expect([same.status, (await bytesOf(same)).byteLength]).toEqual([206, 10]);
    const other = await download({ range: "bytes=10-19", "if-range": '"older"' });
    expect([other.status, (await bytesOf(other)).byteLength]).toEqual([200, 1000]);
    expect(nestegg.openReads).toBe(0);
  });

  test("a reader that leaves lets the file go", async () => {
    const stream = toWebStream((await nestegg.backups.read(SYSTEM, { id: FAKE_ID })).stream);
    expect(nestegg.openReads).toBe(1);
    await stream.cancel();
    expect(nestegg.openReads).toBe(0);
  });

  test("HEAD tells size and name and opens nothing", async () => {
    const answer = await download({}, "HEAD");
    expect([answer.status, answer.headers.get("content-length")]).toEqual([200, "1000"]);
    expect(answer.headers.get("content-disposition")).toContain(FAKE_ID);
    expect(nestegg.reached).toEqual(["backups.get"]);
  });

  test("a file that is gone is 409 backup_missing", async () => {
    nestegg.store.set(FAKE_ID, { view: fakeBackup({ state: "missing" }), content: CONTENT });
    const answer = await download();
    expect([answer.status, (await answer.json()).error.code]).toEqual([409, "backup_missing"]);
  });
});

describe("from R2", () => {
  beforeEach(() => {
    nestegg.facts.storage.kind = "r2";
  });

  test("sends the browser to the link and lets nobody keep it", async () => {
    const answer = await download();
    expect([answer.status, answer.headers.get("location")]).toEqual([302, `https://r2.example/${FAKE_ID}?signed`]);
    expect([answer.headers.get("cache-control"), answer.headers.get("referrer-policy")]).toEqual([
      "no-store",
      "no-referrer",
    ]);
    expect(nestegg.reached).not.toContain("backups.read");
  });

  test("HEAD is answered here, since the link is good for GET alone", async () => {
    const answer = await download({}, "HEAD");
    expect([answer.status, answer.headers.get("content-length")]).toEqual([200, "1000"]);
    expect(nestegg.reached).toEqual(["backups.get"]);
  });
});

test("an empty file has no range", () => {
  expect(parseByteRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(parseByteRange("bytes=-1", 0)).toBe("unsatisfiable");
  expect(parseByteRange(null, 0)).toBe("whole");
});
