import { beforeEach, describe, expect, test } from "vitest";
import { createContext } from "./context";
import { createCaller } from "./root";
import { createFakeNestegg, type FakeNestegg } from "./testing/fake-nestegg";
import { FAKE_ID, FAKE_KEPT_NAME, fakeBackup, fakeKept, fakePreview } from "./testing/fake-views";
import { sessionCookie } from "./testing/serve-api";

let nestegg: FakeNestegg;

beforeEach(() => {
  nestegg = createFakeNestegg();
  nestegg.store.set(FAKE_ID, { view: fakeBackup(), content: new Uint8Array(10) });
  nestegg.keptDatabases = [fakeKept()];
});

async function asAdmin() {
  const cookie = await sessionCookie(nestegg, { userId: nestegg.addUser("admin").id, sessionVersion: 1 });
  return createCaller(await createContext({ nestegg, headers: new Headers({ cookie }) }));
}

describe("restore and undo", () => {
  test("start once the live database's name has been typed, for the person who typed it", async () => {
    const { backups } = await asAdmin();
    const { operationId } = await backups.restore({ id: FAKE_ID, confirm: "hesocial" });
    expect(nestegg.runs.get(operationId)).toMatchObject({ kind: "restore", backupId: FAKE_ID });
    await backups.undoRestore({ confirm: "hesocial", withoutSafetyBackup: true });
    const caller = { actor: { kind: "user", role: "admin" } };
    expect(nestegg.swaps).toMatchObject([
      { verb: "start", caller },
      { verb: "undo", caller },
    ]);
    expect(nestegg.swaps.map(({ input }) => input)).toEqual([{ id: FAKE_ID }, { withoutSafetyBackup: true }]);
  });

  test.each(["hesocia", "Hesocial", "", FAKE_ID])("start nothing when “%s” is typed", async (confirm) => {
    const { backups } = await asAdmin();
    const cause = { code: "confirm_mismatch", message: "That is not the name. Type hesocial." };
    await expect(backups.restore({ id: FAKE_ID, confirm })).rejects.toMatchObject({ code: "BAD_REQUEST", cause });
    await expect(backups.undoRestore({ confirm })).rejects.toMatchObject({ code: "BAD_REQUEST", cause });
    expect(nestegg.reached).toEqual([]);
  });
});

test("previews arrive whole, and that of an undo is null when nothing is kept", async () => {
  const { backups } = await asAdmin();
  expect(await backups.previewRestore({ id: FAKE_ID })).toEqual(fakePreview(FAKE_ID));
  expect(await backups.previewUndo()).toMatchObject({ kept: fakeKept(), changesSince: 3 });
  nestegg.keptDatabases = [];
  expect(await backups.previewUndo()).toBeNull();
});

test("a kept database is let go by its name alone, never by a path", async () => {
  const { backups } = await asAdmin();
  expect(await backups.kept()).toEqual([fakeKept()]);
  for (const name of ["../hesocial.duckdb", "/data/hesocial.duckdb", "..", "", "a\\b", "a\nb"]) {
    await expect(backups.letGo({ name })).rejects.toMatchObject({ cause: { code: "invalid_input" } });
  }
  await expect(backups.letGo({ name: "hesocial.duckdb" })).rejects.toMatchObject({ cause: { code: "not_found" } });
  const { operationId } = await backups.letGo({ name: FAKE_KEPT_NAME });
  expect(nestegg.runs.get(operationId)?.kind).toBe("let-go");
});

test("an upload is begun, looked at, finished and dropped", async () => {
  const { uploads } = await asAdmin();
  const { id, parts } = await uploads.begin({ fileName: "brought.duckdb", bytes: 3 });
  expect(parts).toBe(1);
  await expect(uploads.finish({ id })).rejects.toMatchObject({ code: "CONFLICT" });
  nestegg.files.get(id)?.view.received.push(0);
  expect((await uploads.get({ id })).received).toEqual([0]);
  const { operationId } = await uploads.finish({ id, note: "from ann" });
  expect(nestegg.runs.get(operationId)).toMatchObject({ kind: "upload", summary: "from ann" });
  expect(await uploads.drop({ id })).toBeUndefined();
  await expect(uploads.get({ id })).rejects.toMatchObject({ code: "NOT_FOUND" });
});
