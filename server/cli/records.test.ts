import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ADMIN, startRuntime } from "../testing/runtime-fixture";
import { runNestegg } from "./testing/run-nestegg";

vi.setConfig({ testTimeout: 120_000 });

const PASSWORD = "planted-admin-password";
const TOKEN = "planted-environment-token-0123456789";
const FILE = "bucket/backups/hesocial.records.json";
const folders: string[] = [];
/** The folder of the server that is going to be lost; its bucket is the folder in it. */
let lost: string;
let planted: string[];
let backupId: string;

const emptyFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-cli-records-"));
  folders.push(folder);
  return folder;
};

/** An empty machine that has only the bucket. */
async function emptyMachine(): Promise<string> {
  const folder = await emptyFolder();
  await cp(join(lost, "bucket"), join(folder, "bucket"), { recursive: true });
  return folder;
}

const run = (folder: string, words: string[]) => runNestegg(words, { environment: { DATA_DIR: folder } });

beforeAll(async () => {
  lost = await emptyFolder();
  const environment = { ADMIN_EMAIL: "ada@example.com", ADMIN_PASSWORD: PASSWORD, ADMIN_API_TOKEN: TOKEN };
  const server = await startRuntime({ folder: lost, environment });
  await server.sql("CREATE TABLE history AS SELECT 'first' AS text");
  const { secret } = await server.nestegg.tokens.create(ADMIN, {
    ...{ name: "deploy", scopes: ["backups:create"], expiresInDays: null },
  });
  const { link } = await server.nestegg.people.invite(ADMIN, { email: "bo@example.com", role: "viewer" });
  await server.nestegg.audit.record({
    caller: ADMIN,
    action: "test",
    target: `${PASSWORD} ${TOKEN} ${secret} ${link}`,
  });
  backupId = (await server.backUp({ note: secret })).id;
  planted = [PASSWORD, TOKEN, secret, link, "0".repeat(64)];
  expect(await server.stop()).toMatchObject({ safe: true });
}, 120_000);

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

test("an empty machine gets the database, settings, people and history back by one command, and nothing secret was in the bucket", async () => {
  const text = await readFile(join(lost, FILE), "utf8");
  for (const secret of planted) expect(text).not.toContain(secret);
  expect(text).not.toContain("scrypt");

  const folder = await emptyMachine();
  const shown = await run(folder, ["records"]);
  expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining("ada@example.com, admin") });
  expect(await readdir(folder)).toEqual(["bucket"]);
  const done = await run(folder, ["restore", "latest", "--with-records", "--history", "--yes", "--json"]);
  expect(done).toMatchObject({ code: 0, stderr: "", json: { success: true, id: backupId } });
  expect(done.json).toMatchObject({ records: { people: 1, tokens: 1 } });

  // A listing and a clean-up, and the file is no backup and no orphan.
  const server = await startRuntime({ folder });
  try {
    expect(await server.sql("SELECT text FROM history")).toEqual([["first"]]);
    expect(await server.nestegg.people.needsSetup()).toBe(true);
    const { backups } = await server.nestegg.backups.list({ fresh: true });
    expect(backups.map(({ id, state }) => [id, state])).toEqual([[backupId, "stored"]]);
    const { operations } = await server.nestegg.operations.list({ limit: 50, kinds: ["backup"] });
    expect(operations.map((run) => run.backupId)).toContain(backupId);
    expect((await server.nestegg.audit.list({ limit: 50 })).map(({ action }) => action)).toContain("test");
    expect(await server.keys()).toContain("backups/hesocial.records.json");
  } finally {
    await server.stop();
  }
  // The new machine is not the path's owner: what the lost one knew is as it was.
  expect(await readFile(join(folder, FILE), "utf8")).toBe(text);
  const unasked = await run(folder, ["records", "--bring-back", "--json"]);
  expect(unasked).toMatchObject({ code: 2, json: { error: { message: expect.stringContaining("the settings of") } } });
  const again = await run(folder, ["records", "--bring-back", "--yes", "--json"]);
  expect(again).toMatchObject({ code: 1, json: { error: { code: "conflict" } } });
  expect(again.json.error?.hint).toContain("--settings-only");
  expect(await run(folder, ["records", "--bring-back", "--settings-only", "--yes"])).toMatchObject({ code: 0 });
});

test("a damaged or missing file is refused before anything is fetched or changed", async () => {
  const folder = await emptyMachine();
  const text = await readFile(join(folder, FILE), "utf8");
  await writeFile(join(folder, FILE), text.replace("ada@example.com", "eve@example.com"));
  for (const words of [
    ["restore", "latest", "--with-records", "--yes", "--json"],
    ["records", "--bring-back", "--yes", "--json"],
  ]) {
    expect(await run(folder, words)).toMatchObject({ code: 4, json: { error: { code: "backup_damaged" } } });
  }
  await rm(join(folder, FILE));
  const missing = await run(folder, ["restore", "latest", "--with-records", "--yes", "--json"]);
  expect(missing).toMatchObject({ code: 3, json: { error: { code: "not_found" } } });
  // But for the lock that a command takes, the folder is as it was.
  expect((await readdir(folder)).filter((name) => !/lock|pid/.test(name))).toEqual(["bucket"]);
});
