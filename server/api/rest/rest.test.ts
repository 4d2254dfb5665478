import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SCOPES } from "../../control/types";
import { AppError } from "../../errors";
import { createFakeNestegg, type FakeNestegg } from "../testing/fake-nestegg";
import { FAKE_ID, fakeBackup, fakeOperation } from "../testing/fake-views";
import { type ServedApi, serveApi, sessionCookie } from "../testing/serve-api";

let nestegg: FakeNestegg;
let api: ServedApi;
let authorization: string;

beforeEach(async () => {
  nestegg = createFakeNestegg();
  api = await serveApi(nestegg);
  authorization = `Bearer ${nestegg.addToken([...SCOPES])}`;
});
afterEach(() => api.close());

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization, ...headers },
    body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    redirect: "manual",
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
}

function store(facts: Parameters<typeof fakeBackup>[0] = {}): string {
  const view = fakeBackup(facts);
  nestegg.store.set(view.id, { view, content: new Uint8Array(view.bytes) });
  return view.id;
}

/** Byte for byte what `curl -X POST -H "Authorization: …"` sends: no length, no content type, no body. */
function curlPost(path: string): Promise<string> {
  const socket = connect(api.port, "127.0.0.1");
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk) => (text += chunk));
    socket.on("end", () => resolve(text)).on("error", reject);
  });
}

describe("POST /api/admin/backup", () => {
  test("answers a curl that sends nothing but its token", async () => {
    const [head = "", ...rest] = (await curlPost("/api/admin/backup")).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1.1 200 /);
    expect(head.toLowerCase()).toContain("content-type: application/json");
    expect(rest.join("")).toContain(`"backupId":"${FAKE_ID}"`);
  });

  test("answers to the letter, with own tags beside the type", async () => {
    const { status, body } = await ask("POST", "/api/admin/backup", { note: "before v3", tags: { release: "3.0" } });
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      backupId: FAKE_ID,
      timestamp: "2024-12-30T15:30:00Z",
      size: "142MB",
      tags: { type: "manual", release: "3.0" },
      bytes: 1000,
      operationId: "op-1",
      state: "stored",
    });
    expect(nestegg.created[0]?.input).toEqual({ note: "before v3", tags: { release: "3.0" }, verify: false });
  });

  test.each(["?verify=true", "?verify=1", "?verify"])("%s asks for the verification too", async (query) => {
    const { body } = await ask("POST", `/api/admin/backup${query}`);
    expect(body).toMatchObject({ success: true, state: "verified", tags: { type: "manual" } });
  });

  test("a run that failed is the error answer with its code's status and words", async () => {
    const error = {
      code: "storage_forbidden",
      message: "R2 refused the key.",
      hint: "Create a key with write access.",
    };
    nestegg.nextRun = { state: "failed", error };
    const { status, body, headers } = await ask("POST", "/api/admin/backup");
    expect(status).toBe(503);
    expect(body).toEqual({ success: false, error });
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test.each([
    ["cancelled", 409, "cancelled"],
    ["interrupted", 503, "stopping"],
  ] as const)("a run that was %s is %i", async (state, status, code) => {
    nestegg.nextRun = { state };
    const answer = await ask("POST", "/api/admin/backup");
    expect(answer).toMatchObject({ status, body: { success: false, error: { code } } });
  });

  test("too many in the queue is 429 with the time to wait", async () => {
    nestegg.failWith = new AppError("too_many_requests", "Ten runs wait already.", { retryAfterSeconds: 30 });
    const { status, headers, body } = await ask("POST", "/api/admin/backup");
    expect([status, headers.get("retry-after"), body.error.code]).toEqual([429, "30", "too_many_requests"]);
  });

  test("the run goes on when the caller leaves", async () => {
    nestegg.nextRun = { state: "running" };
    const leaving = new AbortController();
    const asked = fetch(`${api.url}/api/admin/backup`, {
      method: "POST",
      headers: { authorization },
      signal: leaving.signal,
    });
    while (!nestegg.reached.includes("operations.wait")) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    expect(nestegg.runs.get("op-1")?.state).toBe("running");
    expect(nestegg.reached).not.toContain("operations.cancel");
    expect(api.reported).toEqual([]);
  });

  test.each([
    [{ note: "x".repeat(2001) }, "note: at most 2000 characters"],
    [{ tags: { "bad name": "x" } }, "tags.bad name: a tag's name is 1 to 40"],
    [{ tags: { release: "x".repeat(201) } }, "tags.release: at most 200 characters"],
    [{ tags: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`t${n}`, ""])) }, "tags: at most 20 tags"],
    [{ tags: { type: "mine" } }, "tags: the tag “type” is set by Nestegg"],
    [[], "input: "],
  ])("input out of bounds is 400 and names the field (%#)", async (body, message) => {
    const answer = await ask("POST", "/api/admin/backup", body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: "invalid_input", message: expect.stringContaining(message) });
    expect(nestegg.reached).toEqual([]);
  });
});

describe("lists and single backups", () => {
  test("rows carry the contract's fields; status only on its holder; nextCursor at the end", async () => {
    store();
    store({ id: "hesocial-backup-20241229-150000.duckdb", type: "shutdown", status: "latest_restored" });
    const { body } = await ask("GET", "/api/admin/backups");
    expect(Object.keys(body)).toEqual(["backups", "nextCursor", "readAt", "problem"]);
    expect(body.nextCursor).toBeNull();
    const contract = { type: "manual", timestamp: "2024-12-30T15:30:00Z", size: "142MB" };
    expect(body.backups[0]).toMatchObject({ id: FAKE_ID, ...contract });
    expect(body.backups[0]).not.toHaveProperty("status");
    expect(body.backups[1]).toMatchObject({ status: "latest_restored" });
    expect((await ask("GET", "/api/admin/backups?limit=1")).body.nextCursor).toBe(FAKE_ID);
  });

  test("lists whole backups only", async () => {
    store();
    for (const [n, state] of (["creating", "missing", "unregistered"] as const).entries()) {
      store({ id: `hesocial-manual-20241230-16000${n}.duckdb`, state });
    }
    expect((await ask("GET", "/api/admin/backups")).body.backups).toHaveLength(1);
  });

  test.each(["0", "1001", "ten", "1.5"])("limit=%s is refused", async (limit) => {
    const answer = await ask("GET", `/api/admin/backups?limit=${limit}`);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("limit: use a") } },
    });
  });

  test("one backup; an unknown one is 404, a name that is no id 400", async () => {
    store();
    expect((await ask("GET", `/api/admin/backup/${FAKE_ID}`)).body).toMatchObject({
      success: true,
      backup: { id: FAKE_ID },
    });
    expect(await ask("GET", "/api/admin/backup/hesocial-manual-20200101-000000.duckdb")).toMatchObject({
      status: 404,
      body: { success: false, error: { code: "not_found", hint: "List the backups." } },
    });
    for (const id of ["..%2F..%2Fcontrol.db", "hesocial.duckdb", "%E0%A4%A"]) {
      expect(await ask("GET", `/api/admin/backup/${id}`)).toMatchObject({
        status: 400,
        body: { error: { code: "invalid_input" } },
      });
    }
  });
});

describe("changes", () => {
  test("status is set and cleared; anything else is refused", async () => {
    store();
    const path = `/api/admin/backup/${FAKE_ID}/status`;
    expect((await ask("PUT", path, { status: "latest_restored" })).body.backup.status).toBe("latest_restored");
    const cleared = await ask("PUT", path, { status: null });
    expect(cleared.status).toBe(200);
    expect(cleared.body.backup).not.toHaveProperty("status");
    for (const body of [undefined, {}, { status: "restored" }, { status: true }]) {
      expect(await ask("PUT", path, body)).toMatchObject({ status: 400, body: { error: { code: "invalid_input" } } });
    }
  });

  test("tags and note, lock, delete and undelete", async () => {
    store();
    const path = `/api/admin/backup/${FAKE_ID}`;
    expect((await ask("PUT", `${path}/tags`, { tags: { a: "1" }, note: "n" })).body.backup).toMatchObject({
      tags: { a: "1" },
      note: "n",
    });
    expect((await ask("PUT", `${path}/tags`, {})).body.error.message).toContain("give tags, note or both");
    expect((await ask("PUT", `${path}/lock`, { locked: true })).body.backup.locked).toBe(true);
    expect(await ask("DELETE", path)).toMatchObject({
      status: 409,
      body: { success: false, error: { code: "backup_protected" } },
    });
    await ask("PUT", `${path}/lock`, { locked: false });
    const removed = await ask("DELETE", path);
    expect([removed.status, removed.body]).toEqual([
      202,
      { success: true, id: FAKE_ID, deletesAt: "2024-12-30T15:40:00Z" },
    ]);
    expect((await ask("POST", `${path}/undelete`)).body.backup).toMatchObject({ state: "stored", deletesAt: null });
  });

  test("verify answers 202 at once, 200 with wait, 409 when it is damaged", async () => {
    store();
    const path = `/api/admin/backup/${FAKE_ID}/verify`;
    expect(await ask("POST", path)).toMatchObject({
      status: 202,
      body: { success: true, operation: { kind: "verify" } },
    });
    expect(await ask("POST", `${path}?wait=true`)).toMatchObject({
      status: 200,
      body: { success: true, operation: { state: "ok" } },
    });
    const error = { code: "backup_damaged", message: "Part 17 does not match.", hint: "Take a new one." };
    nestegg.nextRun = { state: "failed", error };
    expect(await ask("POST", `${path}?wait=true`)).toMatchObject({ status: 409, body: { success: false, error } });
  });

  test("operations are listed, read and cancelled", async () => {
    nestegg.runs.set("op-9", fakeOperation({ id: "op-9", state: "running" }));
    expect((await ask("GET", "/api/admin/operations?limit=5")).body).toMatchObject({
      operations: [{ id: "op-9" }],
      nextCursor: null,
    });
    expect((await ask("GET", "/api/admin/operations/op-9")).body).toMatchObject({
      success: true,
      operation: { id: "op-9" },
    });
    expect((await ask("POST", "/api/admin/operations/op-9/cancel")).body.operation.state).toBe("cancelled");
    expect((await ask("GET", "/api/admin/operations/none")).status).toBe(404);
  });
});

describe("everything that goes wrong has one shape", () => {
  test("nobody: 401 with WWW-Authenticate", async () => {
    const answer = await ask("GET", "/api/admin/backups", undefined, { authorization: "Bearer wrong" });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(answer.body).toEqual({
      success: false,
      error: { code: "unauthenticated", message: expect.any(String), hint: expect.any(String) },
    });
  });

  test.each([
    ["PATCH", "/api/admin/backups", "GET"],
    ["GET", "/api/admin/backup", "POST"],
    ["OPTIONS", "/api/sql", "POST"],
    ["POST", `/api/admin/backup/${FAKE_ID}`, "GET, DELETE"],
  ])("%s %s says which method is right", async (method, path, allow) => {
    const answer = await ask(method, path);
    expect([answer.status, answer.headers.get("allow"), answer.body.error.code]).toEqual([
      404,
      allow,
      "method_not_allowed",
    ]);
  });

  test.each(["/api/admin/nothing", "/api/admin/backup/", "/api/nothing", "/api/admin/backup/a/b/c"])(
    "%s is 404",
    async (path) => {
      expect(await ask("GET", path)).toMatchObject({
        status: 404,
        body: { success: false, error: { code: "not_found" } },
      });
    },
  );

  test.each(['{"note":', "nonsense", '{"note":"\\ud800"'])("invalid JSON %s is 400", async (text) => {
    expect(await ask("POST", "/api/admin/backup", text)).toMatchObject({
      status: 400,
      body: { error: { code: "invalid_input" } },
    });
  });

  test("bytes that are no UTF-8 are 400", async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const answer = await fetch(`${api.url}/api/admin/backup`, { method: "POST", headers: { authorization }, body });
    expect(answer.status).toBe(400);
  });

  test("an error that nobody foresaw keeps its words in the log, and both name the same id", async () => {
    nestegg.failWith = new Error("SECRET detail");
    const { status, body } = await ask("GET", "/api/admin/backups");
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("SECRET");
    expect(body.error).toMatchObject({ code: "internal", message: expect.stringMatching(/^Internal error e1\./) });
    expect(api.reported).toEqual([{ id: "e1", error: nestegg.failWith }]);
  });

  test("a server that is still starting answers 503", async () => {
    nestegg.failWith = new AppError("starting", "Nestegg is starting.", { hint: "Try again in a moment." });
    const { status, headers } = await ask("GET", "/api/admin/backups");
    expect([status, headers.get("retry-after"), headers.get("cache-control")]).toEqual([503, "5", "no-store"]);
  });
});

describe("changes with the session cookie", () => {
  const put = async (headers: Record<string, string>) => {
    store();
    const cookie = await sessionCookie(nestegg, { userId: nestegg.addUser("admin").id, sessionVersion: 1 });
    const answer = await fetch(`${api.url}/api/admin/backup/${FAKE_ID}/lock`, {
      method: "PUT",
      headers: { cookie, ...headers },
      body: JSON.stringify({ locked: true }),
    });
    return `${answer.status} ${(await answer.json()).error?.code ?? "ok"}`;
  };

  test("are taken from the public address, from the request's own host, and from programs", async () => {
    expect(await put({ origin: "https://backups.example.com" })).toBe("200 ok");
    expect(await put({ origin: api.url })).toBe("200 ok");
    expect(await put({})).toBe("200 ok");
    expect(await put({ "sec-fetch-site": "same-origin" })).toBe("200 ok");
  });

  test.each<Record<string, string>>([
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://backups.example.com" },
    { origin: "https://backups.example.com.evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("are refused from elsewhere: %j", async (headers) => {
    expect(await put(headers)).toBe("403 bad_origin");
    expect(nestegg.reached).toEqual([]);
  });

  test("a token needs no origin", async () => {
    store();
    const answer = await ask(
      "PUT",
      `/api/admin/backup/${FAKE_ID}/lock`,
      { locked: true },
      { origin: "https://evil.example" },
    );
    expect(answer.status).toBe(200);
  });
});
