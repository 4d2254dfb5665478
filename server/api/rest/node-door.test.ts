import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { setNestegg } from "../../runtime-handle";
import { createFakeNestegg, type FakeNestegg } from "../testing/fake-nestegg";
import { FAKE_ID, fakeBackup } from "../testing/fake-views";
import { withRest } from "./node-door";

let nestegg: FakeNestegg;
const pages = withRest(async (incoming, response) => void response.end(`page ${incoming.url}`));
const server = createServer((incoming, response) => void pages(incoming, response));
let url: string;

beforeEach(async () => {
  nestegg = createFakeNestegg();
  setNestegg(nestegg);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("REST and SQL are answered here, everything else is a page", async () => {
  for (const path of ["/api/admin/backups", "/api/admin/nothing", "/api/sql", "/api/sql?x=1"]) {
    expect((await fetch(url + path)).headers.get("content-type")).toBe("application/json");
  }
  for (const path of ["/", "/api/trpc/status.get", "/api/sqlite", "/api/auth/csrf", "/admin/api/sql"]) {
    expect(await (await fetch(url + path)).text()).toBe(`page ${path}`);
  }
});

test("a download whose source breaks is a cut connection, never a short file", async () => {
  nestegg.store.set(FAKE_ID, { view: fakeBackup({ bytes: 1000 }), content: new Uint8Array(1000) });
  const { read } = nestegg.backups;
  nestegg.backups.read = async (caller, input) => {
    const body = await read(caller, input);
    const stream = (async function* () {
      yield new Uint8Array(400);
      throw new Error("the store hung up");
    })();
    return { ...body, stream };
  };
  const headers = { authorization: `Bearer ${nestegg.addToken(["backups:download"])}` };
  const answer = await fetch(`${url}/api/admin/backup/${FAKE_ID}/download`, { headers });
  expect(answer.headers.get("content-length")).toBe("1000");
  await expect(answer.arrayBuffer()).rejects.toThrow();
});

test("a body that breaks off changes nothing and the server goes on", async () => {
  const headers = { authorization: `Bearer ${nestegg.addToken(["sql:write"])}`, "content-length": "100" };
  const broken = request(`${url}/api/sql`, { method: "POST", headers });
  broken.on("error", () => undefined);
  broken.write('{"sql":');
  await new Promise((resolve) => server.once("request", resolve));
  broken.destroy();
  expect((await fetch(`${url}/api/admin/backups`)).status).toBe(401);
  expect(nestegg.queries).toEqual([]);
});
