import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { signIn } from "./harness/sign-in";
import { test as base, expect } from "./harness/test";
import { listBackups } from "./steps/backups";
import { test } from "./steps/broken-wire";
import { bucketNames } from "./steps/bucket";
import { seed } from "./steps/seed";

test("a backup that R2 refuses shows its cause, what to do and the code, and leaves nothing", async ({
  adminPage: page,
  server,
  wire,
  simulator,
}) => {
  await seed(server.api);
  const good = await server.api.backup(undefined, "?verify=true");
  const objects = await bucketNames(server, simulator);
  await server.api.sql("INSERT INTO members (id, name) VALUES (9001, 'Late')");
  wire.inject({
    fault: { kind: "forbidden" },
    when: ({ verb, key }) => verb !== null && /put|start/i.test(verb) && key.endsWith(".duckdb"),
  });

  await page.goto("/");
  await page.getByRole("button", { name: "Backup now" }).click();
  const strip = page.getByRole("region", { name: "Current run" });
  await expect(strip).toHaveAttribute("data-status", "failed");
  const hero = page.getByRole("region", { name: "Protection status" });
  await expect(hero).toHaveAttribute("data-status", "at-risk");
  await expect(hero).toContainText("The last backup failed");

  await page.goto("/backups");
  const note = page.getByRole("main").getByText(/^Backup of .* failed\.$/);
  await expect(note).toBeVisible();
  await page.getByRole("link", { name: "Open run" }).click();
  const run = page.locator("[data-run-id]");
  await expect(run).toHaveAttribute("data-status", "failed");
  const { body } = await server.api.request("/api/admin/operations?kind=backup&limit=1");
  const [{ error }] = body.operations;
  expect(error.code).toBe("storage_forbidden");
  for (const text of [error.message, error.hint, error.code]) await expect(run).toContainText(text);
  const steps = page.getByRole("list", { name: "Steps" }).getByRole("listitem");
  await expect(steps.and(page.locator('[data-status="failed"]'))).toHaveCount(1);
  await expect(steps.and(page.locator('[data-step="Register"]'))).toHaveAttribute("data-status", "skipped");
  await expect(page.getByRole("log", { name: "Run log" })).not.toBeEmpty();
  await expect(page.getByRole("button", { name: "Copy log" })).toBeVisible();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download log" }).click();
  expect((await saving).suggestedFilename()).toMatch(/\.log$/);

  expect((await listBackups(server.api)).map(({ id }) => id)).toEqual([good]);
  expect(await bucketNames(server, simulator)).toEqual(objects);

  await test.step("once R2 takes it again, “Try again” makes the backup and the warnings go", async () => {
    wire.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(run).toHaveAttribute("data-status", "ok");
    await expect(page.getByRole("link", { name: "Open backup" })).toBeVisible();
    await page.goto("/backups");
    await expect(note).toHaveCount(0);
    await page.goto("/");
    await expect(hero).toHaveAttribute("data-status", "safe");
  });

  await test.step("Activity keeps both runs, and filters by result", async () => {
    await page.goto("/activity");
    const rows = page.getByRole("table", { name: "Activity" }).getByRole("row").and(page.locator("[data-status]"));
    await expect(rows.and(page.locator('[data-status="failed"]'))).toHaveCount(1);
    await page.getByRole("button", { name: /^Result/ }).click();
    await page.getByRole("listbox", { name: "Result" }).getByRole("option", { name: "Failed" }).click();
    await page.keyboard.press("Escape");
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText(error.message);
    await page.reload();
    await expect(rows).toHaveCount(1);
  });
});

test("a storage that went away is told on the list, which stays usable", async ({ adminPage: page, server, wire }) => {
  await seed(server.api);
  const good = await server.api.backup(undefined, "?verify=true");
  await page.goto("/settings/storage");
  wire.inject({ fault: { kind: "key-unknown" } });
  await page.getByRole("button", { name: "Run storage check" }).click();
  const credentials = page.locator('[data-check="credentials"]');
  await expect(credentials).toHaveAttribute("data-status", "fail");
  await expect(credentials).toContainText(/R2_ACCESS_KEY_ID/);
  await page.goto("/backups");
  await expect(page.getByText("Could not read the bucket.")).toBeVisible();
  await expect(page.locator(`[data-backup-id="${good}"]`)).toBeVisible();
  wire.clear();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Could not read the bucket.")).toHaveCount(0);
});

base(
  "a local folder that cannot be written fails the backup with its cause, and the app goes on",
  async ({ page, server }) => {
    await seed(server.api);
    await signIn(page);
    const folder = join(server.dataDir, "bucket");
    await rename(folder, `${folder}-aside`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await writeFile(folder, "a file stands where the folder should be");
    await page.getByRole("button", { name: "Backup now" }).click();
    const hero = page.getByRole("region", { name: "Protection status" });
    await hero.getByRole("link", { name: /^The last backup failed: Nestegg could not write/ }).click();
    const run = page.locator("[data-run-id]").first();
    await expect(run).toContainText("storage_failed");
    await expect(run).toContainText("Nothing was changed");
    expect(await server.api.sql("SELECT count(*) FROM events")).toEqual([["240"]]);
  },
);
