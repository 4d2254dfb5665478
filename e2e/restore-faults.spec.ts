import { expect } from "./harness/test";
import { verifiedBackup } from "./steps/backups";
import { test } from "./steps/broken-wire";
import { confirmSwap, openRestore } from "./steps/restores";
import { seed } from "./steps/seed";

test("when the safety backup fails nothing is changed, and only an admin’s typed word goes on without it", async ({
  adminPage: page,
  server,
  wire,
}) => {
  await seed(server.api);
  const id = await verifiedBackup(server.api);
  await server.api.sql("DELETE FROM members");
  wire.inject({
    fault: { kind: "forbidden" },
    when: ({ verb, key }) => verb !== null && /put|start/i.test(verb) && key.includes("-safety-"),
  });
  const { when } = await openRestore(page, server.api, id);
  await confirmSwap(page, `Restore to ${when}`, "failed");
  await expect(page.getByText("The safety backup failed, so nothing was changed.", { exact: true })).toBeVisible();
  await expect(page.locator('[data-step="Safety backup"]')).toHaveAttribute("data-status", "failed");
  await expect(page.locator('[data-step="Swap files"]')).toHaveAttribute("data-status", "skipped");
  expect(await server.api.sql("SELECT count(*) FROM members")).toEqual([["0"]]);
  await expect(page.getByRole("link", { name: "Try again" })).toHaveAttribute("href", `/backups/${id}/restore`);

  await page.getByRole("button", { name: "Restore without it…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Restore without a safety backup?" });
  await dialog.getByRole("button", { name: "Restore without it" }).click();
  await expect(dialog.getByText("That is not it. Type without safety backup.")).toBeVisible();
  await dialog.getByRole("textbox").fill("without safety backup");
  await dialog.getByRole("button", { name: "Restore without it" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText(`hesocial is back at ${when}`)).toBeVisible();
  await expect(page.locator('[data-step="Safety backup"]')).toHaveAttribute("data-status", "skipped");
  expect(await server.api.sql("SELECT count(*) FROM members")).toEqual([["1000"]]);
  // What the replaced file holds is in no backup, and the page of kept files says so.
  await page.goto("/settings/storage");
  await expect(page.getByRole("list", { name: "Kept databases" })).toContainText("In no backup");
});

test("a download that breaks off leaves the data as it is, says so, and can be asked for again", async ({
  adminPage: page,
  server,
  wire,
}) => {
  await seed(server.api);
  const id = await verifiedBackup(server.api);
  await server.api.sql("DELETE FROM members");
  // Writes the file anew: what the backup holds is then not all there any more.
  await verifiedBackup(server.api);
  wire.inject({ fault: { kind: "forbidden" }, when: ({ verb, key }) => /get/i.test(verb ?? "") && key.endsWith(id) });
  const { when } = await openRestore(page, server.api, id);
  await confirmSwap(page, `Restore to ${when}`, "failed");
  await expect(page.getByText("Restore failed. Your data is unchanged.")).toBeVisible();
  await expect(page.locator('[data-step="Download"]')).toHaveAttribute("data-status", "failed");
  expect(await server.api.sql("SELECT count(*) FROM members")).toEqual([["0"]]);
  wire.clear();
  await page.getByRole("link", { name: "Try again" }).click();
  await confirmSwap(page, `Restore to ${when}`);
  expect(await server.api.sql("SELECT count(*) FROM members")).toEqual([["1000"]]);
});
