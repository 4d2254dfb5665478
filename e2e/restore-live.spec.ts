import { untilIdle, verifiedBackup } from "./steps/backups";
import { holdUpload } from "./steps/hold-upload";
import { confirmSwap, nameField, openRestore } from "./steps/restores";
import { grow, seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });
test.use({ storage: "r2" });

let made: { server: string; id: string } | null = null;
test.beforeEach(async ({ server }) => {
  if (made?.server === server.url) return;
  await seed(server.api);
  await grow(server.api);
  made = { server: server.url, id: await verifiedBackup(server.api) };
});

const backupId = () => made?.id ?? "";
const isDownload = ({ method, path }: { method: string; path: string }) => method === "GET" && path.endsWith(".duckdb");

test("a restore is the same run on every page and after a reload, blocks a second one, and can be cancelled until the swap", async ({
  adminPage: page,
  server,
  gate,
}) => {
  await server.api.transaction(["DELETE FROM members", "UPDATE photos SET content = content || 'x'"]);
  // Writes the file anew: what the older backup holds is then not all there any more.
  await verifiedBackup(server.api);
  const download = gate?.hold(isDownload);
  const { when } = await openRestore(page, server.api, backupId());
  await nameField(page).fill("hesocial");
  await page.getByRole("button", { name: `Restore to ${when}` }).click();
  await download?.caught;
  await expect(page.getByRole("heading", { level: 1, name: `Restoring to ${when}` })).toBeVisible();
  const run = page.locator("main [data-run-id]");
  await expect(run).toHaveAttribute("data-status", "running");
  await expect(page.locator('[data-step="Download"]')).toHaveAttribute("aria-current", "step");
  await expect(page.getByRole("progressbar", { name: "Restore progress" })).toHaveAttribute(
    "aria-valuetext",
    /^Step 1 of 6/,
  );
  const address = page.url();
  await page.reload();
  await expect(page.locator('[data-step="Download"]')).toHaveAttribute("data-status", "running");

  await page.goto("/backups");
  const notice = page.getByRole("region", { name: "Attention" });
  await expect(notice).toContainText("A restore is running (step 1 of 6).");
  await expect(notice.getByRole("link", { name: "View run" })).toHaveAttribute("href", new URL(address).pathname);
  await openRestore(page, server.api, backupId());
  await expect(page.locator('[data-blocker="restore-running"]')).toContainText("admin");
  await expect(nameField(page)).toHaveCount(0);
  const second = await server.api.request(`/api/admin/backup/${backupId()}/restore`, { json: { confirm: backupId() } });
  expect([second.status, second.body.error.code]).toEqual([409, "conflict"]);

  await page.goto(address);
  await page.getByRole("button", { name: "Cancel run" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Cancel this run?" });
  await expect(dialog).toContainText("The live database stays as it is.");
  await dialog.getByRole("button", { name: "Cancel run" }).click();
  download?.release();
  await expect(run).toHaveAttribute("data-status", "cancelled");
  await expect(page.getByText("Restore was cancelled. Your data is unchanged.")).toBeVisible();
  expect(await server.api.sql("SELECT count(*) FROM members")).toEqual([["0"]]);
  await page.getByRole("link", { name: "Try again" }).click();
  await expect(nameField(page)).toBeVisible();
  await confirmSwap(page, `Restore to ${when}`);
  expect(await server.api.sql("SELECT count(*) FROM members")).toEqual([["1000"]]);
});

test("a restore that is asked for while a backup runs says so, waits, and goes on by itself", async ({
  adminPage: page,
  server,
  gate,
}) => {
  await untilIdle(server.api);
  await server.api.sql("UPDATE photos SET content = content || 'y'");
  const upload = holdUpload(server, gate);
  await page.goto("/backups");
  await page.getByRole("button", { name: "Backup now" }).click();
  await upload.caught;
  const { when } = await openRestore(page, server.api, backupId());
  await expect(page.locator('[data-blocker="waits"]')).toContainText(
    "A backup is running. Restore starts when it ends.",
  );
  await nameField(page).fill("hesocial");
  await page.getByRole("button", { name: `Restore to ${when}` }).click();
  await expect(page).toHaveURL(/\/activity\//);
  const run = page.locator("main [data-run-id]");
  await expect(run).toHaveAttribute("data-status", /waiting|queued/);
  await expect(run).toContainText("A backup is running.");
  upload.release();
  await expect(run).toHaveAttribute("data-status", "ok", { timeout: 90_000 });
});
