import {
  backupRow,
  chooseAction,
  drawnTime,
  getBackup,
  listBackups,
  openActions,
  verifiedBackup,
} from "./steps/backups";
import { bucketNames } from "./steps/bucket";
import { seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

let seeded = "";
test.beforeEach(async ({ server }) => {
  if (seeded === server.url) return;
  seeded = server.url;
  await seed(server.api);
});

test("a long note takes two lines of the list, whatever its words", async ({ adminPage: page, server }) => {
  const id = await verifiedBackup(server.api, { note: `${"unbroken".repeat(30)} ${"many words ".repeat(20)}` });
  await page.goto("/backups");
  const note = page.locator(`[data-backup-id="${id}"]`).getByText("many words");
  await expect(note).toBeVisible();
  const seen = await note.evaluate((line) => [line.clientHeight <= 40, line.scrollWidth <= line.clientWidth]);
  expect(seen).toEqual([true, true]);
});

test("tags and note are edited in one dialog and outlive a reload", async ({ adminPage: page, server }) => {
  const id = await verifiedBackup(server.api, { note: "first words", tags: { old: "1" } });
  await page.goto("/backups");
  await chooseAction(page, id, "Edit tags and note…");
  const dialog = page.getByRole("dialog", { name: "Edit tags and note" });
  await expect(dialog.getByRole("textbox", { name: "Tags" })).toHaveValue("old=1");
  await dialog.getByRole("textbox", { name: "Tags" }).fill("release=v3, before-migration");
  await dialog.getByRole("textbox", { name: "Note" }).fill("Taken before the <b>v3</b> migration");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await page.reload();
  for (const text of ["release=v3", "before-migration", "Taken before the <b>v3</b> migration"]) {
    await expect(backupRow(page, id)).toContainText(text);
  }
  await expect(backupRow(page, id)).not.toContainText("old=1");
  const stored = await getBackup(server.api, id);
  expect(stored.note).toBe("Taken before the <b>v3</b> migration");
  expect(stored.tags).toMatchObject({ release: "v3", "before-migration": "" });
});

test("the list is searched and filtered, and its address brings the same list back", async ({
  adminPage: page,
  server,
}) => {
  const id = await verifiedBackup(server.api, { note: "needle in the hay" });
  const other = await verifiedBackup(server.api);
  await page.goto("/backups");
  await expect(backupRow(page, other)).toBeVisible();
  await page.keyboard.press("/");
  const search = page.getByRole("searchbox", { name: "Search backups" });
  await expect(search).toBeFocused();
  await page.keyboard.type("needle");
  await expect(backupRow(page, other)).toHaveCount(0);
  await expect(page.getByRole("status", { name: "Result count" })).toHaveText("1\u00a0backup");
  await expect(page).toHaveURL("/backups?q=needle");
  await page.reload();
  await expect(backupRow(page, id)).toBeVisible();
  await expect(backupRow(page, other)).toHaveCount(0);
  await search.fill("nothing has this");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(backupRow(page, other)).toBeVisible();
  await page.getByRole("button", { name: /^Type/ }).click();
  await page.getByRole("listbox", { name: "Type" }).getByRole("option", { name: "Shutdown" }).click();
  await expect(page).toHaveURL("/backups?type=shutdown");
  await expect(backupRow(page, other)).toHaveCount(0);
});

test("a locked backup cannot be deleted until it is unlocked, which asks first", async ({
  adminPage: page,
  server,
}) => {
  const id = await verifiedBackup(server.api);
  await verifiedBackup(server.api);
  await page.goto("/backups");
  await chooseAction(page, id, "Lock");
  await expect(backupRow(page, id)).toHaveAttribute("data-locked", "true");
  await expect.poll(async () => (await getBackup(server.api, id)).locked).toBe(true);
  await page.reload();
  const menu = await openActions(page, id);
  const remove = menu.getByRole("menuitem", { name: /^Delete… \(locked stays\)$/ });
  await expect(remove).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Escape");

  await chooseAction(page, id, "Unlock…");
  const dialog = page.getByRole("alertdialog", { name: "Unlock this backup?" });
  await expect(dialog.getByRole("button", { name: "Keep locked" })).toBeFocused();
  await dialog.getByRole("button", { name: "Unlock backup" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await getBackup(server.api, id)).locked).toBe(false);
});

test("delete waits for ten minutes, and Undo takes it back", async ({ adminPage: page, server }) => {
  const id = await verifiedBackup(server.api);
  const newest = await verifiedBackup(server.api);
  const when = drawnTime((await getBackup(server.api, id)).timestamp);
  await page.goto("/backups");
  await chooseAction(page, id, "Delete…");
  const dialog = page.getByRole("alertdialog", { name: `Delete ${when}?` });
  await expect(dialog).toContainText("You can undo for 10\u00a0minutes.");
  await expect(dialog.getByRole("button", { name: "Keep backup" })).toBeFocused();
  await dialog.getByRole("button", { name: "Delete backup" }).click();
  const row = backupRow(page, id);
  await expect(row).toHaveAttribute("data-status", "deleting");
  await expect(row).toContainText(/Deletes in (?:9|10)\u00a0min/);
  const { deletesAt } = await getBackup(server.api, id);
  expect(Date.parse(deletesAt ?? "") - Date.now()).toBeGreaterThan(8 * 60_000);
  expect(await bucketNames(server, null)).toContain(id);

  // The server holds the time to think again, not this tab.
  await page.reload();
  await page.getByRole("button", { name: `Undo delete ${id}` }).click();
  await expect(row).toHaveAttribute("data-status", "verified");
  expect((await getBackup(server.api, id)).deletesAt).toBeNull();
  expect((await listBackups(server.api)).map((backup) => backup.id)).toContain(newest);
});

test("what could be the last way back is not deleted, with the reason, on every door", async ({
  adminPage: page,
  server,
}) => {
  const marked = await verifiedBackup(server.api);
  const newest = await verifiedBackup(server.api);
  await server.api.request(`/api/admin/backup/${marked}/status`, {
    method: "PUT",
    json: { status: "latest_restored" },
  });
  await page.goto("/backups");
  for (const [id, reason] of [
    [newest, "newest good"],
    [marked, "latest restored"],
  ] as const) {
    const menu = await openActions(page, id);
    const remove = menu.getByRole("menuitem", { name: `Delete… (${reason} stays)` });
    await expect(remove).toHaveAttribute("aria-disabled", "true");
    await page.keyboard.press("Escape");
    const { status, body } = await server.api.request(`/api/admin/backup/${id}`, { method: "DELETE" });
    expect(status).toBe(409);
    expect(body.error.code).toBe("backup_protected");
    expect(body.error.message).toContain(`${id} is not deleted: `);
    expect(body.error.message).toContain("last way back");
  }
});

test("a refusal that the page could not foresee stands in the row until it is dismissed", async ({
  adminPage: page,
  server,
}) => {
  const id = await verifiedBackup(server.api);
  await verifiedBackup(server.api);
  await page.goto("/backups");
  await chooseAction(page, id, "Delete…");
  const dialog = page.getByRole("alertdialog");
  // Somebody else locks it while the question is open.
  await server.api.request(`/api/admin/backup/${id}/lock`, { method: "PUT", json: { locked: true } });
  await dialog.getByRole("button", { name: "Delete backup" }).click();
  await expect(dialog.getByRole("alert")).toContainText("locked");
  await dialog.getByRole("button", { name: "Keep backup" }).click();
  const row = backupRow(page, id);
  await expect(row.getByRole("alert")).toContainText("locked");
  await row.getByRole("button", { name: "Dismiss" }).click();
  await expect(row.getByRole("alert")).toHaveCount(0);
  expect((await getBackup(server.api, id)).deletesAt).toBeNull();
});

test("several are locked, tagged and deleted at once from the selection", async ({ adminPage: page, server }) => {
  const one = await verifiedBackup(server.api);
  const two = await verifiedBackup(server.api);
  await verifiedBackup(server.api);
  await page.goto("/backups");
  for (const id of [one, two]) await page.getByRole("checkbox", { name: `Select ${id}` }).check();
  const toolbar = page.getByRole("toolbar", { name: "Selected backups" });
  await expect(toolbar).toContainText("2 selected");
  await toolbar.getByRole("button", { name: "Add tag…" }).click();
  const tagging = page.getByRole("dialog", { name: "Add a tag to 2\u00a0backups" });
  await tagging.getByRole("textbox", { name: "Tag" }).fill("pair=yes");
  await tagging.getByRole("button", { name: "Add tag" }).click();
  for (const id of [one, two]) {
    await expect.poll(async () => (await getBackup(server.api, id)).tags).toMatchObject({ pair: "yes" });
  }
  await expect(toolbar).toBeHidden();
  for (const id of [one, two]) await page.getByRole("checkbox", { name: `Select ${id}` }).check();
  await toolbar.getByRole("button", { name: "Delete 2…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete 2\u00a0backups?" });
  await dialog.getByRole("button", { name: "Delete 2\u00a0backups" }).click();
  for (const id of [one, two]) await expect(backupRow(page, id)).toHaveAttribute("data-status", "deleting");
});
