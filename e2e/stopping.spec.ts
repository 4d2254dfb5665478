import { access, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./harness/ports";
import { startProcess } from "./harness/process";
import { expect, test as plain } from "./harness/test";
import { getBackup, listBackups } from "./steps/backups";
import { bucketNames } from "./steps/bucket";
import { holdUpload } from "./steps/hold-upload";
import { grow, seed } from "./steps/seed";
import { test } from "./steps/test";

test.describe.configure({ mode: "default" });
test.use({ storage: "r2" });

let seeded = "";
test.beforeEach(async ({ server }) => {
  if (seeded === server.url) return;
  seeded = server.url;
  await seed(server.api);
  await grow(server.api);
});

test("a stop says “stopping”, refuses with Retry-After, stores its backup and ends with 0; the open page comes back by itself", async ({
  adminPage: page,
  server,
  gate,
  simulator,
}) => {
  await page.goto("/");
  await expect(page.getByRole("status", { name: "Connection" }).first()).toHaveAttribute("data-status", "live");
  const upload = holdUpload(server, gate);
  server.signal("SIGTERM");
  await upload.caught;

  const health = await server.api.request("/api/health");
  expect([health.status, health.body.status]).toEqual([503, "stopping"]);
  for (const [path, request] of [
    ["/", {}],
    ["/backups", {}],
    ["/api/sql", { json: { sql: "SELECT 1" } }],
    ["/api/admin/backup", { method: "POST" }],
  ] as const) {
    const answer = await server.api.request(path, request);
    expect.soft(answer.status, path).toBe(503);
    expect.soft(Number(answer.headers.get("retry-after")), path).toBeGreaterThan(0);
    expect.soft(answer.headers.get("connection"), path).toBe("close");
    if (path.startsWith("/api/")) expect.soft(answer.body.error.code, path).toBe("stopping");
  }
  await expect(page.getByRole("region", { name: "Attention" })).toContainText("making its last backup");

  upload.release();
  expect(await server.ended()).toEqual({ code: 0, signal: null });
  const names = await bucketNames(server, simulator);
  const id = names.find((name) => /^hesocial-backup-\d{8}-\d{6}\.duckdb$/.test(name)) ?? "";
  expect(names).toEqual(expect.arrayContaining([id, `${id}.json`]));

  await server.restart();
  expect((await listBackups(server.api)).map(({ type }) => type)).toEqual(["shutdown"]);
  expect(await server.api.sql("SELECT count(*) FROM members")).toEqual([["1000"]]);
  await expect.poll(async () => (await getBackup(server.api, id)).state).toBe("verified");
  await expect(page.getByRole("status", { name: "Connection" }).first()).toHaveAttribute("data-status", "live");
  await expect(page.getByRole("region", { name: "Attention" }).filter({ hasText: "last backup" })).toHaveCount(0);
});

test("a stop without a change since the last backup takes none, and ends with 0", async ({ server, simulator }) => {
  const newest = await server.api.backup();
  const before = (await bucketNames(server, simulator)).filter((name) => name.endsWith(".duckdb"));
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(server.logs()).toContain(`Nothing has changed since ${newest}`);
  expect((await bucketNames(server, simulator)).filter((name) => name.endsWith(".duckdb"))).toEqual(before);
  await server.restart();
});

test("when the budget runs out the process ends with 1 in time, lists nothing, and the next start backs up", async ({
  server,
  gate,
}) => {
  await server.restart({ env: { SHUTDOWN_BUDGET_SECONDS: "4" } });
  await server.api.sql("UPDATE members SET name = 'changed' WHERE id < 10");
  const before = (await listBackups(server.api)).map(({ id }) => id);
  const upload = holdUpload(server, gate);
  const at = Date.now();
  server.signal("SIGTERM");
  expect(await server.ended()).toEqual({ code: 1, signal: null });
  expect(Date.now() - at).toBeLessThan(4_000 + 2_000);
  upload.release();
  await server.restart({ env: { SHUTDOWN_BUDGET_SECONDS: "25" } });
  await expect
    .poll(async () => (await listBackups(server.api)).filter(({ id }) => !before.includes(id)).map(({ type }) => type))
    .toEqual(["scheduled"]);
});

plain("a port in use ends the start with 1 and the command to try, before anything is touched", async () => {
  const taken = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
  await inFolder(async (dataDir) => {
    const { code, output } = await runToEnd({ port, dataDir });
    expect(code).toBe(1);
    expect(output).toContain(`port ${port} on 127.0.0.1 is in use`);
    expect(output).toContain(`PORT=${port + 1} npm start`);
    for (const name of ["hesocial.duckdb", "control.db", "bucket"]) {
      await expect(access(join(dataDir, name)), name).rejects.toThrow();
    }
  });
  await new Promise((resolve) => taken.close(resolve));
});

plain("some but not all R2 settings end the start with 1 and the names of those that are missing", async () => {
  await inFolder(async (dataDir) => {
    const env = { R2_BUCKET_NAME: "prod", R2_ACCOUNT_ID: "abc123", R2_ACCESS_KEY_ID: "key" };
    const { code, output } = await runToEnd({ port: await freePort(), dataDir, env });
    expect(code).toBe(1);
    expect(output).toContain("R2_SECRET_ACCESS_KEY is missing");
    expect(output).not.toContain("R2_BUCKET_NAME is missing");
    await expect(access(join(dataDir, "bucket"))).rejects.toThrow();
  });
});

plain("a second server on the same folder ends with 1 and the pid of the first, which goes on", async ({ server }) => {
  const { code, output } = await runToEnd({ port: await freePort(), dataDir: server.dataDir });
  expect(code).toBe(1);
  expect(output).toContain(`another Nestegg (pid ${server.pid}) owns`);
  expect((await server.api.request("/api/health")).body.status).toBe("ready");
});

async function runToEnd(input: { port: number; dataDir: string; env?: Record<string, string> }) {
  let output = "";
  const run = startProcess({ ...input, env: input.env ?? {}, onOutput: (text) => (output += text) });
  const { code } = await run.exited;
  return { code, output };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-e2e-"));
  await work(folder).finally(() => rm(folder, { recursive: true, force: true }));
}
