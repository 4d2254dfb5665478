import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../errors";
import { createFakeNestegg, type FakeNestegg } from "../testing/fake-nestegg";
import { FAKE_PART_BYTES } from "../testing/fake-uploads";
import { FAKE_ID } from "../testing/fake-views";
import { type ServedApi, serveApi, sessionCookie } from "../testing/serve-api";

let nestegg: FakeNestegg;
let api: ServedApi;
let authorization: string;

beforeEach(async () => {
  nestegg = createFakeNestegg();
  api = await serveApi(nestegg);
  authorization = `Bearer ${nestegg.addToken(["backups:restore"])}`;
});
afterEach(() => api.close());

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${api.url}/api/admin/uploads${path}`, {
    method,
    headers: { authorization },
    body: body instanceof Uint8Array ? new Uint8Array(body) : body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

/** A file of two whole parts and one short one, begun. */
async function begin(bytes = 2 * FAKE_PART_BYTES + 3): Promise<string> {
  return (await ask("POST", "", { fileName: "brought.duckdb", bytes })).body.upload.id;
}

const file = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, at) => at % 251));
const keptParts = (id: string) => [...(nestegg.files.get(id)?.content.keys() ?? [])];

/** Parts without a length, piece by piece. */
function chunked(path: string, pieces: Uint8Array[]): Promise<{ status: number; body: { error: { code: string } } }> {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const init = { method: "PUT", headers: { authorization }, body, duplex: "half" as const };
  return fetch(`${api.url}/api/admin/uploads${path}`, init).then(async (answer) => ({
    status: answer.status,
    body: await answer.json(),
  }));
}

test("a file comes in parts over 1 MiB in any order, becomes a backup, and is the same byte for byte", async () => {
  const whole = file(2 * FAKE_PART_BYTES + 3);
  const begun = await ask("POST", "", { fileName: "brought.duckdb", bytes: whole.byteLength });
  expect(begun).toMatchObject({ status: 201, body: { success: true, upload: { parts: 3, received: [] } } });
  const { id } = begun.body.upload;
  for (const part of [2, 0, 1]) {
    const piece = whole.subarray(part * FAKE_PART_BYTES, (part + 1) * FAKE_PART_BYTES);
    expect((await ask("PUT", `/${id}/parts/${part}`, piece)).status).toBe(200);
  }
  expect(await ask("GET", `/${id}`)).toMatchObject({ status: 200, body: { upload: { received: [0, 1, 2] } } });
  const content = nestegg.files.get(id)?.content;
  expect(Buffer.concat([0, 1, 2].map((part) => content?.get(part) ?? Buffer.of())).equals(whole)).toBe(true);

  expect(await ask("POST", `/${id}/finish`)).toMatchObject({
    status: 202,
    body: { success: true, operation: { kind: "upload", backupId: FAKE_ID } },
  });
  expect(await ask("POST", `/${id}/finish?wait=true`, { note: "from ann" })).toMatchObject({
    status: 200,
    body: { operation: { state: "ok", summary: "from ann" } },
  });
  expect(await ask("DELETE", `/${id}`)).toEqual({ status: 200, body: { success: true } });
  expect((await ask("GET", `/${id}`)).status).toBe(404);
  expect((await ask("DELETE", `/${id}`)).status).toBe(200);
});

test("a part is on its way to the verb before it has come whole", async () => {
  const id = await begin(4);
  let heard: (piece: string) => void = () => undefined;
  const { putPart } = nestegg.uploads;
  nestegg.uploads.putPart = ({ body, ...input }) => {
    const watched = async function* () {
      for await (const piece of body) {
        heard(Buffer.from(piece).toString());
        yield piece;
      }
    };
    return putPart({ ...input, body: watched() });
  };
  const url = `${api.url}/api/admin/uploads/${id}/parts/0`;
  const sender = request(url, { method: "PUT", headers: { authorization, "content-length": 4 } });
  const answered = new Promise<number | undefined>((resolve) => sender.on("response", (r) => resolve(r.statusCode)));
  const first = new Promise<string>((resolve) => (heard = resolve));
  sender.write("ab");
  expect(await first).toBe("ab");
  sender.end("cd");
  expect(await answered).toBe(200);
});

describe("a part that is not the part is not kept", () => {
  test("longer by one byte, with and without a length said", async () => {
    const id = await begin();
    expect(await ask("PUT", `/${id}/parts/2`, file(4))).toMatchObject({
      status: 413,
      body: {
        success: false,
        error: { code: "too_large", message: "The part has 3 bytes, and more were sent; it was not kept." },
      },
    });
    expect(nestegg.reached).not.toContain("uploads.putPart");
    expect(await chunked(`/${id}/parts/0`, [file(FAKE_PART_BYTES), file(1)])).toMatchObject({
      status: 413,
      body: { error: { code: "too_large" } },
    });
    expect(nestegg.reached).toContain("uploads.putPart");
    expect(keptParts(id)).toEqual([]);
  });

  test("shorter by one byte, with and without a length said, or empty", async () => {
    const id = await begin();
    const short = { status: 400, body: { error: { code: "invalid_input" } } };
    expect(await ask("PUT", `/${id}/parts/2`, file(2))).toMatchObject(short);
    expect(await chunked(`/${id}/parts/0`, [file(FAKE_PART_BYTES - 1)])).toMatchObject(short);
    expect(await ask("PUT", `/${id}/parts/0`)).toMatchObject(short);
    expect(keptParts(id)).toEqual([]);
  });

  test("broken off before its end", async () => {
    const id = await begin();
    const url = `${api.url}/api/admin/uploads/${id}/parts/0`;
    const sender = request(url, { method: "PUT", headers: { authorization, "content-length": FAKE_PART_BYTES } });
    sender.on("error", () => undefined);
    const failed = new Promise<unknown>((resolve) => {
      const { putPart } = nestegg.uploads;
      nestegg.uploads.putPart = (input) => {
        const answer = putPart(input);
        answer.then(() => resolve(null), resolve);
        sender.destroy();
        return answer;
      };
    });
    sender.write(file(1000));
    expect(await failed).toMatchObject({ code: "invalid_input" });
    expect(keptParts(id)).toEqual([]);
    expect(api.reported).toEqual([]);
  });

  test.each(["3", "-1", "1.5", "0x1", "one", "%20", "99999999"])("number %s", async (part) => {
    const id = await begin();
    expect(await ask("PUT", `/${id}/parts/${part}`, file(3))).toMatchObject({
      status: 400,
      body: { error: { code: "invalid_input" } },
    });
    expect(nestegg.reached).not.toContain("uploads.putPart");
  });

  test("sent by another website", async () => {
    const id = await begin(3);
    const cookie = await sessionCookie(nestegg, { userId: nestegg.addUser("admin").id, sessionVersion: 1 });
    nestegg.reached = [];
    const put = (origin: string) =>
      fetch(`${api.url}/api/admin/uploads/${id}/parts/0`, { method: "PUT", headers: { cookie, origin }, body: "abc" });
    expect((await put("https://evil.example")).status).toBe(403);
    expect(nestegg.reached).toEqual([]);
    expect((await put(nestegg.facts.publicUrl)).status).toBe(200);
  });
});

describe("a sender that reads no answer before its body is out, as browsers do", () => {
  /** Writes everything, then waits for `answers` answers on the same connection. */
  function sendThenRead(requests: (string | Uint8Array)[], answers: number): Promise<string[]> {
    const socket = connect(api.port, "127.0.0.1");
    socket.pause();
    socket.write(Buffer.concat(requests.map((piece) => Buffer.from(piece))), () => socket.resume());
    return new Promise((resolve, reject) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
        const lines = text.match(/HTTP\/1\.1 \d+/g) ?? [];
        if (lines.length < answers) return;
        socket.destroy();
        resolve(lines.map((line) => line.slice("HTTP/1.1 ".length)));
      });
      socket.on("error", reject).on("close", () => reject(new Error(`closed after ${text.slice(0, 200)}`)));
    });
  }
  const head = (method: string, path: string, bytes: number) =>
    `${method} /api/admin/uploads/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: ${bytes}\r\n\r\n`;

  test("hears that the upload is gone, and goes on with the connection", async () => {
    const put = [head("PUT", "gone/parts/0", 4 * FAKE_PART_BYTES), file(4 * FAKE_PART_BYTES)];
    expect(await sendThenRead([...put, head("DELETE", "gone", 0)], 2)).toEqual(["404", "200"]);
  });

  test("hears that the disk is full in the middle of a part, and goes on with the connection", async () => {
    nestegg.files.set("large", {
      view: { ...(await beginView(4 * FAKE_PART_BYTES)), id: "large", partBytes: 4 * FAKE_PART_BYTES, parts: 1 },
      content: new Map(),
    });
    nestegg.uploads.putPart = async ({ body }) => {
      for await (const _ of body) throw new AppError("disk_full", "No room for this part; it was not kept.");
      throw new Error("unreachable: the body has pieces");
    };
    const put = [head("PUT", "large/parts/0", 4 * FAKE_PART_BYTES), file(4 * FAKE_PART_BYTES)];
    expect(await sendThenRead([...put, head("GET", "large", 0)], 2)).toEqual(["503", "200"]);
  });

  async function beginView(bytes: number) {
    return (await ask("POST", "", { fileName: "brought.duckdb", bytes })).body.upload;
  }

  test("is cut off when it never stops", async () => {
    const socket = connect(api.port, "127.0.0.1");
    socket.write(head("PUT", "gone/parts/0", 2 ** 40));
    const piece = Buffer.alloc(1024 * 1024);
    const sent = await new Promise<number>((resolve) => {
      let bytes = 0;
      socket.on("error", () => undefined).on("close", () => resolve(bytes));
      const more = (error?: Error | null) => {
        if (error) return void socket.destroy();
        bytes += piece.byteLength;
        socket.write(piece, more);
      };
      more();
    });
    expect(sent / piece.byteLength).toBeGreaterThan(60);
    expect(sent / piece.byteLength).toBeLessThan(200);
  });
});

test.each([
  [{ fileName: "../live.duckdb", bytes: 3 }, "fileName: give the name alone"],
  [{ fileName: "a\\b.duckdb", bytes: 3 }, "fileName: give the name alone"],
  [{ fileName: "a\u0000.duckdb", bytes: 3 }, "fileName: give the name alone"],
  [{ fileName: "", bytes: 3 }, "fileName: give the file's name"],
  [{ fileName: "a.duckdb", bytes: 0 }, "bytes: the file is empty"],
  [{ fileName: "a.duckdb", bytes: 1.5 }, "bytes: give the file's length"],
  [{ fileName: "a.duckdb" }, "bytes: give the file's length"],
])("%j begins no upload", async (body, message) => {
  const answer = await ask("POST", "", body);
  expect([answer.status, answer.body.error.code]).toEqual([400, "invalid_input"]);
  expect(answer.body.error.message).toContain(message);
  expect(nestegg.reached).toEqual([]);
});

test("an id that would lead out of the folder never comes to the verbs", async () => {
  for (const id of ["%2e%2e%2flive", "a.b", "a%00b"]) expect((await ask("GET", `/${id}`)).status).toBe(400);
  expect(nestegg.reached).toEqual([]);
});

test("finishing while parts are missing is 409", async () => {
  const id = await begin();
  expect(await ask("POST", `/${id}/finish`)).toMatchObject({ status: 409, body: { error: { code: "conflict" } } });
});
