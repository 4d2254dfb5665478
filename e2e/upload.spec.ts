import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { getBackup, listBackups, verifiedBackup } from "./steps/backups";
import { confirmSwap, readChanges } from "./steps/restores";
import { seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

let made = "";
test.beforeEach(async ({ server }) => {
  if (made === server.url) return;
  made = server.url;
  await seed(server.api);
  await verifiedBackup(server.api);
});

/** A database of some parts, as another machine would have it. */
async function withFile(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-brought-"));
  const path = join(folder, "brought.duckdb");
  try {
    const instance = await DuckDBInstance.create(path);
    const connection = await instance.connect();
    await connection.run(
      "CREATE TABLE brought AS SELECT range AS id, md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS text FROM range(400000)",
    );
    await connection.run("CHECKPOINT");
    connection.closeSync();
    instance.closeSync();
    await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("a file goes up in parts, stands still when the network goes, goes on with what is missing, and is restored", async ({
  adminPage: page,
  server,
}) => {
  await withFile(async (path) => {
    await page.goto("/backups");
    await page.getByRole("button", { name: "Upload a file…" }).click();
    const dialog = page.getByRole("dialog", { name: "Upload a file" });
    await dialog.getByLabel("DuckDB file").setInputFiles(path);
    await dialog.getByRole("textbox", { name: "Note" }).fill("from the old server");

    // The first part arrives; then the line is dead.
    const sent: string[] = [];
    let alive = 1;
    await page.route("**/api/admin/uploads/*/parts/*", async (route) => {
      alive -= 1;
      if (alive < 0) return route.abort("connectionfailed");
      sent.push(new URL(route.request().url()).pathname.split("/").at(-1) ?? "");
      return route.continue();
    });
    await dialog.getByRole("button", { name: "Upload" }).click();
    await expect(dialog.getByText("The connection was lost.", { exact: false })).toBeVisible();
    await expect(dialog.getByText("Paused")).toBeVisible();
    expect(sent).toHaveLength(1);
    await page.keyboard.press("Escape");
    await expect(dialog).toBeVisible();

    alive = Number.POSITIVE_INFINITY;
    await dialog.getByRole("button", { name: "Resume" }).click();
    await expect(page).toHaveURL(/\/activity\//);
    // No part went twice.
    expect(new Set(sent).size).toBe(sent.length);
    await expect(page.locator("main [data-run-id]")).toHaveAttribute("data-status", "ok");
  });
  const id = (await listBackups(server.api)).find(({ type }) => type === "upload")?.id ?? "";
  expect(id).toMatch(/^hesocial-upload-\d{8}-\d{6}\.duckdb$/);
  expect((await getBackup(server.api, id)).note).toContain("from the old server");

  await page.getByRole("link", { name: "Restore…" }).click();
  await expect(page).toHaveURL(`/backups/${id}/restore`);
  expect(await readChanges(page)).toEqual({
    events: ["240", "missing", "−240, table goes"],
    members: ["1,000", "missing", "−1,000, table goes"],
    brought: ["missing", "400,000", "+400,000, table comes back"],
  });
  const name = (await page.getByRole("button", { name: /^Restore to/ }).textContent()) ?? "";
  await confirmSwap(page, name.trim());
  expect(await server.api.sql("SELECT count(*) FROM brought")).toEqual([["400000"]]);
});

test("what is no DuckDB file is refused before a byte is sent; a cancelled upload leaves nothing", async ({
  adminPage: page,
  server,
}) => {
  await page.goto("/backups");
  await page.getByRole("button", { name: "Upload a file…" }).click();
  const dialog = page.getByRole("dialog", { name: "Upload a file" });
  await dialog.getByRole("button", { name: "Upload" }).click();
  await expect(dialog.getByText("Choose a file.")).toBeVisible();
  const folder = await mkdtemp(join(tmpdir(), "nestegg-brought-"));
  await writeFile(join(folder, "photo.duckdb"), "this is no database, whatever its name says");
  await dialog.getByLabel("DuckDB file").setInputFiles(join(folder, "photo.duckdb"));
  await dialog.getByRole("button", { name: "Upload" }).click();
  await expect(dialog.getByText("This is not a DuckDB database file.")).toBeVisible();
  await rm(folder, { recursive: true, force: true });

  const before = (await listBackups(server.api)).length;
  await withFile(async (path) => {
    const dropped = page.waitForRequest(/uploads\.drop/);
    await page.route("**/api/admin/uploads/*/parts/*", (route) => route.abort("connectionfailed"));
    await dialog.getByLabel("DuckDB file").setInputFiles(path);
    await dialog.getByRole("button", { name: "Upload" }).click();
    await expect(dialog.getByText("Paused")).toBeVisible();
    await dialog.getByRole("button", { name: "Cancel upload" }).click();
    await dropped;
    await expect(dialog).toHaveCount(0);
  });
  expect((await listBackups(server.api)).length).toBe(before);
  await expect(page.getByRole("button", { name: "Upload a file…" })).toBeFocused();
});
