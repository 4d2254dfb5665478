import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { answerRest } from "../api/rest/answer-rest";
import { sendAnswer, toRequest } from "../api/rest/node-door";
import { restRoutes } from "../api/rest/routes";
import { lockDataFolder } from "../control/data-folder-lock";
import type { Nestegg } from "../nestegg";
import { type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";
import { runNestegg } from "./testing/run-nestegg";

const TOKEN = "t".repeat(40);
vi.setConfig({ testTimeout: 180_000 });

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-cli-backup-"));
  folders.push(folder);
  return folder;
}

const run = (folder: string, words: string[], environment: Record<string, string> = {}) =>
  runNestegg(words, { environment: { DATA_DIR: folder, ...environment } });

/** The REST door before a runtime, as the server has it. */
async function serve(nestegg: Nestegg): Promise<{ url: string; close(): Promise<void> }> {
  const report = (error: unknown) => {
    console.error(error);
    return "reported";
  };
  const server = createServer((request, response) => {
    void answerRest({ nestegg: () => nestegg, routes: restRoutes, report }, toRequest(request, response)).then(
      (answer) => sendAnswer(answer, response),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

test("with no server running it makes one backup itself, leaves no second one, and the next start finds a clean stop", async () => {
  const folder = await emptyFolder();
  const first = await startRuntime({ folder, environment: { BACKUP_ENABLED: "false" } });
  await first.sql("CREATE TABLE members AS SELECT range AS id FROM range(1000)");
  await first.stop();

  const made = await run(folder, ["backup", "--note", "before the sale", "--verify", "--json"]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.json).toMatchObject({ success: true, state: "verified", by: "command line", url: null });
  const listed = await run(folder, ["list", "--json"]);
  expect(listed.json).toMatchObject({ total: 1, latest: made.json.id });
  expect(listed.json.backups?.[0]).toMatchObject({
    type: "manual",
    note: "before the sale",
    createdBy: "command line",
  });

  const next = await startRuntime({ folder });
  await next.settled();
  const { operations } = await next.nestegg.operations.list({ limit: 20 });
  expect(operations.filter(({ title }) => title === "Not stopped cleanly")).toEqual([]);
  expect((await next.nestegg.backups.list({ fresh: true })).total).toBe(1);
  await next.stop();
});

test("without a database there is nothing to back up, and none is made", async () => {
  const folder = await emptyFolder();
  const refused = await run(folder, ["backup", "--json"]);
  expect(refused).toMatchObject({ code: 3, json: { error: { code: "not_found" } } });
  expect(existsSync(join(folder, "hesocial.duckdb"))).toBe(false);
});

test("a storage that is away is exit code 6, and the database is closed cleanly", async () => {
  const folder = await emptyFolder();
  await (await startRuntime({ folder, environment: { BACKUP_ENABLED: "false" } })).stop();
  const away = {
    R2_ENDPOINT: "http://127.0.0.1:9",
    R2_BUCKET_NAME: "none",
    R2_ACCESS_KEY_ID: "key",
    R2_SECRET_ACCESS_KEY: "secret",
  };
  expect(await run(folder, ["backup", "--json"], away)).toMatchObject({
    code: 6,
    json: { success: false, exitCode: 6 },
  });
  expect(await run(folder, ["backup", "--json"])).toMatchObject({ code: 0 });
});

test("while a server owns the data folder its API is asked, with a token, and the reasons are told when that cannot be", async () => {
  const folder = await emptyFolder();
  const server: RuntimeFixture = await startRuntime({ folder, environment: { ADMIN_API_TOKEN: TOKEN } });
  await server.sql("CREATE TABLE members AS SELECT range AS id FROM range(1000)");
  const door = await serve(server.nestegg);
  const lock = await lockDataFolder(folder);
  try {
    const environment = { PUBLIC_URL: door.url };
    const made = await run(folder, ["backup", "--json"], { ...environment, ADMIN_API_TOKEN: TOKEN });
    expect(made).toMatchObject({ code: 0, json: { success: true, by: "server", url: door.url } });
    const named = await run(folder, ["backup", "--verify", "--json"], { ...environment, NESTEGG_TOKEN: TOKEN });
    expect(named).toMatchObject({ code: 0, json: { state: "verified" } });
    expect((await server.nestegg.backups.list({ fresh: true })).total).toBe(2);

    const without = await run(folder, ["backup", "--json"], environment);
    expect(without).toMatchObject({ code: 1, json: { error: { code: "unauthenticated" } } });
    expect(without.json.error?.hint).toContain("ADMIN_API_TOKEN");
    const wrong = await run(folder, ["backup", "--token", "x".repeat(40), "--json"], environment);
    expect(wrong).toMatchObject({ code: 1, json: { error: { code: "unauthenticated" } } });
    // It owns the folder and does not answer there: nothing is opened under it.
    const silent = await run(folder, ["backup", "--json"], { PUBLIC_URL: "http://127.0.0.1:9", NESTEGG_TOKEN: TOKEN });
    expect(silent).toMatchObject({ code: 5, json: { error: { code: "database_busy" } } });
    expect(silent.json.error?.message).toContain(`pid ${process.pid}`);
    // From another machine: no folder of the server is here.
    const far = await run(await emptyFolder(), ["backup", "--url", door.url, "--token", TOKEN, "--json"]);
    expect(far).toMatchObject({ code: 0, json: { by: "server" } });
  } finally {
    await lock.release();
    await door.close();
    await server.stop();
  }
});

test("through scripts/nestegg.mjs, as npm runs it, and with a new password for a person", async () => {
  const folder = await emptyFolder();
  const environment = { DATA_DIR: folder, ADMIN_EMAIL: "a@example.com", ADMIN_PASSWORD: "long enough" };
  await (await startRuntime({ folder, environment: { ...environment, BACKUP_ENABLED: "false" } })).stop();
  const byScript = (words: string[]) => runNestegg(words, { byScript: true, environment });
  expect(await byScript(["version"])).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringMatching(/^\d+\.\d+/),
  });
  expect(await byScript(["list", "--json"])).toMatchObject({ code: 0, json: { total: 0 } });
  const reset = await byScript(["user", "reset", "a@example.com"]);
  expect(reset.stdout).toMatch(/^New password for a@example\.com: \S+\nAll sessions/);
  expect(await byScript(["user", "reset", "b@example.com"])).toMatchObject({ code: 3, stdout: "" });
  expect(await byScript(["lst"])).toMatchObject({ code: 2, stdout: "" });
});
