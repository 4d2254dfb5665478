import { createServer, request as openRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock";
import { createLog } from "../log";
import type { Health } from "../nestegg";
import { createFrontDoor } from "./front-door";

let status: Health["status"];
let passed: string[];
let server: Server;

beforeEach(async () => {
  status = "ready";
  passed = [];
  const door = createFrontDoor({
    health: () => ({ status }),
    trustProxy: false,
    development: false,
    clock: systemClock,
    log: createLog("silent"),
    pages: () => async (request, response) => {
      passed.push(`${request.url} from ${request.headers["x-nestegg-address"]}`);
      if (request.url === "/breaks") throw new Error("outside of every handler");
      response.end("page");
    },
  });
  server = createServer(door.handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

/** As it is written: fetch would tidy the path up before it is sent. */
function send(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = openRequest(
      {
        port,
        host: "127.0.0.1",
        path,
        method: options.method ?? "GET",
        headers: { connection: "close", ...options.headers },
      },
      (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

test("health is 200 only when ready; while starting and stopping everything else is 503 with the time to wait", async () => {
  expect((await send("/api/health")).status).toBe(200);
  for (const phase of ["starting", "stopping"] as const) {
    status = phase;
    expect(await send("/api/health")).toMatchObject({ status: 503, body: JSON.stringify({ status: phase }) });
    expect(await send("/api/admin/backups")).toMatchObject({
      status: 503,
      headers: { "retry-after": "5" },
      body: expect.stringContaining(`"code":"${phase}"`),
    });
    expect((await send("/")).status).toBe(503);
  }
  expect((await send("/api/trpc/operations.events")).status).toBe(200);
  expect((await send("/_next/static/x.js")).status).toBe(200);
});

test.each([
  "/_next/static/../../api/admin/backups",
  "/_next/static/%2e%2e/%2E%2e/api/admin/backups",
  "/_next/static/..%2f..%2fapi/admin/backups",
  "/_next/static/..\\..\\api",
  "/api/trpc/operations.events/../status.get",
  "http://elsewhere.example/api/health",
  "*",
])("%s is refused before anybody can fold it into another path", async (path) => {
  status = "stopping";
  expect((await send(path, { method: path === "*" ? "OPTIONS" : "GET" })).status).toBe(400);
  expect(passed).toEqual([]);
});

test("a body that Next would read whole is bounded before anybody has signed in; REST counts its own", async () => {
  const large = { "content-length": String(1024 * 1024 + 1) };
  expect(
    (
      await send("/api/trpc/setup.createAdmin", {
        method: "POST",
        headers: { "transfer-encoding": "chunked" },
        body: "x",
      })
    ).status,
  ).toBe(413);
  expect(
    (await send("/api/auth/callback/credentials", { method: "POST", headers: large }).catch(() => ({ status: 413 })))
      .status,
  ).toBe(413);
  expect(
    (await send("/api/sql", { method: "POST", headers: { "transfer-encoding": "chunked" }, body: "x" })).status,
  ).toBe(200);
});

test("the client's address is the socket's, whatever it claims, and a request that breaks is a 500, not the server's end", async () => {
  await send("/", { headers: { "x-forwarded-for": "1.2.3.4", "x-nestegg-address": "1.2.3.4" } });
  expect(passed).toEqual(["/ from 127.0.0.1"]);
  expect((await send("/breaks")).status).toBe(500);
  const answer = await send("/");
  expect(answer.headers["content-security-policy"]).toMatch(/script-src 'self' 'nonce-[0-9a-f]{32}' 'strict-dynamic';/);
  expect(answer.headers).toMatchObject({ "x-frame-options": "DENY", "x-content-type-options": "nosniff" });
});
