import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppError } from "../../errors";
import { createFakeNestegg, type FakeNestegg } from "../testing/fake-nestegg";
import { type ServedApi, serveApi, sessionCookie } from "../testing/serve-api";
import { BODY_MAX_BYTES } from "./read-json";

let nestegg: FakeNestegg;
let api: ServedApi;

beforeEach(async () => {
  nestegg = createFakeNestegg();
  api = await serveApi(nestegg);
});
afterEach(() => api.close());

async function sql(
  body: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${nestegg.addToken(["sql:read"])}` },
) {
  const answer = await fetch(`${api.url}/api/sql`, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

test("one statement answers one result, and nothing but the contract's fields", async () => {
  const { status, body } = await sql({ sql: "SELECT $1", params: ["a", 1.5, true, null] });
  expect(status).toBe(200);
  expect(body).toEqual({ columns: [{ name: "n", type: "INTEGER" }], rows: [[1]], rowCount: 1 });
  expect(nestegg.queries).toEqual([
    { statements: [{ sql: "SELECT $1", params: ["a", 1.5, true, null] }], access: "read" },
  ]);
});

test("several statements go in together and answer results", async () => {
  const { body } = await sql({ statements: [{ sql: "SELECT 1" }, { sql: "SELECT $1", params: [2] }] });
  expect(body.results).toHaveLength(2);
  expect(nestegg.queries).toHaveLength(1);
});

test("a cut result says so", async () => {
  nestegg.database.query = async () => [{ columns: [], rows: [], rowCount: 0, truncated: true }];
  expect((await sql({ sql: "SELECT 1" })).body).toEqual({ columns: [], rows: [], rowCount: 0, truncated: true });
});

test("only a token with sql:write writes; it may read as well", async () => {
  await sql({ sql: "SELECT 1" }, { authorization: `Bearer ${nestegg.addToken(["sql:write"])}` });
  await sql({ sql: "SELECT 1" }, { authorization: `Bearer ${nestegg.addToken(["sql:read", "sql:write"])}` });
  await sql({ sql: "SELECT 1" });
  expect(nestegg.queries.map(({ access }) => access)).toEqual(["write", "write", "read"]);
});

test("a session, even an admin's, does not open this door", async () => {
  const cookie = await sessionCookie(nestegg, { userId: nestegg.addUser("admin").id, sessionVersion: 1 });
  const { status, body } = await sql({ sql: "SELECT 1" }, { cookie, origin: nestegg.facts.publicUrl });
  expect([status, body.error.code]).toEqual([403, "forbidden"]);
  expect(nestegg.queries).toEqual([]);
});

test.each([
  [{}, "sql: give either sql or statements"],
  [{ sql: "SELECT 1", statements: [{ sql: "SELECT 1" }] }, "sql: give either sql or statements"],
  [{ statements: [{ sql: "SELECT 1" }], params: [1] }, "params: belongs beside each sql"],
  [{ sql: "" }, "sql: give a statement"],
  [{ sql: 1 }, "sql: give the statement as text"],
  [{ statements: [] }, "statements: give at least one statement"],
  [{ sql: "SELECT 1", params: { a: 1 } }, "params: use a list of values"],
  [{ sql: "SELECT 1", params: [{ a: 1 }] }, "params.0: use a text, a number, true, false or null"],
  ['{"sql":"SELECT $1","params":[9007199254740993]}', "params.0: too large to be exact"],
  ['{"sql":"SELECT $1","params":[1e999]}', "params.0: use a text, a number"],
])("%j is 400 and names the fault", async (body, message) => {
  const answer = await sql(body);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ success: false, error: { code: "invalid_input" } });
  expect(answer.body.error.message).toContain(message);
  expect(nestegg.queries).toEqual([]);
});

test("over the time limit is 503 with Retry-After", async () => {
  nestegg.failWith = new AppError("sql_timeout", "The statement took longer than 60 s.", { retryAfterSeconds: 7 });
  const { status, headers, body } = await sql({ sql: "SELECT 1" });
  expect([status, headers.get("retry-after"), body.error.code]).toEqual([503, "7", "sql_timeout"]);
});

test("a body of 1 MiB is taken, one byte more is 413", async () => {
  const fits = (extra: number) => {
    const frame = JSON.stringify({ sql: "" }).length;
    return JSON.stringify({ sql: "x".repeat(BODY_MAX_BYTES - frame + extra) });
  };
  expect((await sql(fits(0))).status).toBe(200);
  expect(await sql(fits(1))).toMatchObject({ status: 413, body: { success: false, error: { code: "too_large" } } });
});

test("bytes are counted as they come: a sender without Content-Length that never stops gets 413", async () => {
  const socket = connect(api.port, "127.0.0.1");
  const authorization = `Bearer ${nestegg.addToken(["sql:read"])}`;
  socket.write(
    `POST /api/sql HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  let sent = 0;
  const head = await new Promise<string>((resolve) => {
    socket.on("data", (data) => resolve(data.toString()));
    socket.on("error", () => undefined);
    const more = () => {
      if (socket.destroyed || socket.bytesRead > 0) return;
      sent += 0x10000;
      socket.write(chunk, more);
    };
    more();
  });
  socket.destroy();
  expect(head).toMatch(/^HTTP\/1.1 413 /);
  expect(sent).toBeGreaterThan(BODY_MAX_BYTES);
});
