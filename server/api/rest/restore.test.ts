import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scope } from "../../control/types";
import { AppError } from "../../errors";
import { createFakeNestegg, type FakeNestegg } from "../testing/fake-nestegg";
import { FAKE_ID, fakeBackup, fakeKept } from "../testing/fake-views";
import { type ServedApi, serveApi } from "../testing/serve-api";

let nestegg: FakeNestegg;
let api: ServedApi;

beforeEach(async () => {
  nestegg = createFakeNestegg();
  nestegg.store.set(FAKE_ID, { view: fakeBackup(), content: new Uint8Array(10) });
  nestegg.keptDatabases = [fakeKept()];
  api = await serveApi(nestegg);
});
afterEach(() => api.close());

async function ask(method: string, path: string, body?: unknown, scope: Scope = "backups:restore") {
  const headers = { authorization: `Bearer ${nestegg.addToken([scope])}` };
  const answer = await fetch(`${api.url}${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

const RESTORE = `/api/admin/backup/${FAKE_ID}/restore`;
const UNDO = "/api/admin/restore/undo";
const DOORS = [
  { path: RESTORE, confirm: FAKE_ID, verb: "start", kind: "restore", wish: { id: FAKE_ID } },
  { path: UNDO, confirm: "hesocial", verb: "undo", kind: "undo-restore", wish: {} },
];

describe.each(DOORS)("POST $path", ({ path, confirm, verb, kind, wish }) => {
  test("answers 202 with the run to poll, and hands on what was wished", async () => {
    nestegg.nextRun = { state: "running", finishedAt: null };
    expect(await ask("POST", path, { confirm })).toMatchObject({
      status: 202,
      body: { success: true, operation: { id: "op-1", kind, state: "running" } },
    });
    await ask("POST", path, { confirm, withoutSafetyBackup: true });
    const caller = { actor: { kind: "token" } };
    expect(nestegg.swaps).toMatchObject([
      { verb, caller, input: wish },
      { verb, caller, input: { ...wish, withoutSafetyBackup: true } },
    ]);
    expect(nestegg.swaps[0]?.input).toEqual(wish);
  });

  test("with wait answers 200 when the run has ended well", async () => {
    expect(await ask("POST", `${path}?wait=true`, { confirm })).toMatchObject({
      status: 200,
      body: { success: true, operation: { kind, state: "ok" } },
    });
  });

  test.each(["hesocial2", "", "HESOCIAL", `${FAKE_ID} `, " hesocial"])(
    "starts nothing when “%s” is typed instead of the name",
    async (wrong) => {
      const answer = await ask("POST", path, { confirm: wrong });
      expect([answer.status, answer.body.error.code]).toEqual([400, "confirm_mismatch"]);
      expect(answer.body.error.message).toBe(`That is not the name. Type ${confirm}.`);
      expect(nestegg.reached).toEqual([]);
    },
  );

  test("takes only the name that belongs to it", async () => {
    const other = DOORS.find((door) => door.path !== path)?.confirm;
    expect(await ask("POST", path, { confirm: other })).toMatchObject({
      status: 400,
      body: { error: { code: "confirm_mismatch" } },
    });
    expect(nestegg.swaps).toEqual([]);
  });

  test.each([undefined, {}, { confirm: null }, { confirm: true }, { confirm, withoutSafetyBackup: "yes" }])(
    "starts nothing on the body %j",
    async (body) => {
      expect(await ask("POST", path, body)).toMatchObject({ status: 400, body: { error: { code: "invalid_input" } } });
      expect(nestegg.reached).toEqual([]);
    },
  );

  test("with wait says why the run ended badly, and that the database is the old one again", async () => {
    const error = { code: "restore_rolled_back", message: "The smoke query failed; as before.", hint: "See the log." };
    nestegg.nextRun = { state: "rolled-back", error };
    expect(await ask("POST", `${path}?wait=true`, { confirm })).toEqual({
      status: 409,
      body: { success: false, error },
    });
    nestegg.nextRun = { state: "rolled-back", error: null, summary: null };
    expect(await ask("POST", `${path}?wait=true`, { confirm })).toMatchObject({
      status: 409,
      body: { error: { code: "restore_rolled_back" } },
    });
    nestegg.nextRun = { state: "failed", error: { code: "disk_full", message: "No room.", hint: null } };
    expect(await ask("POST", `${path}?wait=true`, { confirm })).toMatchObject({
      status: 503,
      body: { error: { code: "disk_full", message: "No room." } },
    });
  });

  test("a second one is refused with who runs the first", async () => {
    nestegg.failWith = new AppError("conflict", "ann restores hesocial now; nothing was started.", { hint: "Wait." });
    expect(await ask("POST", path, { confirm })).toMatchObject({
      status: 409,
      body: { success: false, error: { code: "conflict", message: expect.stringContaining("ann") } },
    });
  });
});

test("a backup that is not there, and an undo of nothing, are 404", async () => {
  nestegg.store.clear();
  nestegg.keptDatabases = [];
  expect((await ask("POST", RESTORE, { confirm: FAKE_ID })).status).toBe(404);
  expect((await ask("POST", UNDO, { confirm: "hesocial" })).status).toBe(404);
  expect((await ask("GET", `${RESTORE}-preview`, undefined, "backups:read")).status).toBe(404);
  expect(nestegg.swaps).toEqual([]);
});

test("the preview and the kept databases are there for who may only look", async () => {
  const { status, body } = await ask("GET", `${RESTORE}-preview`, undefined, "backups:read");
  expect([status, body.success]).toEqual([200, true]);
  expect(body.preview).toEqual(await nestegg.restores.preview({ id: FAKE_ID }));
  expect(await ask("GET", "/api/admin/restore/kept", undefined, "backups:read")).toEqual({
    status: 200,
    body: { kept: [fakeKept()] },
  });
});
