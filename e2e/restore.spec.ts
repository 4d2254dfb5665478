import { open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backupRow, chooseAction, getBackup, listBackups, untilIdle, verifiedBackup } from "./steps/backups";
import { enter } from "./steps/enter";
import { holdUpload } from "./steps/hold-upload";
import { addPerson } from "./steps/people";
import { confirmSwap, nameField, openRestore, readChanges, restoreByApi } from "./steps/restores";
import { EVENTS, MEMBERS, seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

let made: { server: string; id: string } | null = null;
test.beforeEach(async ({ server }) => {
  if (made?.server === server.url) return;
  await seed(server.api);
  await server.api.transaction([
    "CREATE TABLE coupons (code VARCHAR, value INTEGER)",
    "INSERT INTO coupons SELECT 'C' || range, range FROM range(420)",
    "CREATE TABLE notes (id INTEGER, text VARCHAR)",
    "INSERT INTO notes VALUES (1, 'stays')",
  ]);
  made = { server: server.url, id: await verifiedBackup(server.api) };
});

const backupId = () => made?.id ?? "";

/** As somebody does by mistake: rows deleted, rows changed, a table dropped, one added, a column with it. */
const DAMAGE = [
  "DELETE FROM members WHERE id >= 400",
  "UPDATE events SET fee = 0",
  "DROP TABLE coupons",
  "CREATE TABLE scratch AS SELECT range AS id FROM range(7)",
];

test("what was damaged is shown exactly, comes back by a restore, and the damage comes back by an undo", async ({
  adminPage: page,
  server,
}) => {
  const { api } = server;
  await api.transaction(DAMAGE);
  await page.goto("/backups");
  await page.getByRole("link", { name: `Restore ${backupId()}` }).click();
  await expect(page).toHaveURL(`/backups/${backupId()}/restore`);
  const { when } = await openRestore(page, api, backupId());

  await test.step("the preview names the damage and nothing else", async () => {
    expect(await readChanges(page)).toEqual({
      scratch: ["7", "missing", "−7, table goes"],
      events: [String(EVENTS), String(EVENTS), "other values"],
      members: ["400", MEMBERS.toLocaleString("en-GB"), "+600"],
      coupons: ["missing", "420", "+420, table comes back"],
    });
    await expect(page.getByText("1\u00a0table is the same.")).toBeVisible();
    await page.getByRole("button", { name: "Show all" }).click();
    expect((await readChanges(page)).notes).toEqual(["1", "1", "same"]);
    const steps = page.getByRole("list", { name: "Restore steps" }).getByRole("listitem");
    await expect(steps).toHaveText([/Preview/, /Confirm/, /Run/]);
    await expect(steps.first()).toHaveAttribute("aria-current", "step");
  });

  await test.step("a wrong name changes nothing and is said at the field", async () => {
    await nameField(page).fill("hesocail");
    await page.getByRole("button", { name: `Restore to ${when}` }).click();
    await expect(page.getByText("That is not the name. Type hesocial.")).toBeVisible();
    await expect(nameField(page)).toBeFocused();
    const { body } = await api.request("/api/admin/operations?kind=restore");
    expect(body.operations).toEqual([]);
  });

  await test.step("the run shows its steps, and its page is the record after a reload", async () => {
    await confirmSwap(page, `Restore to ${when}`);
    const steps = page.getByRole("list", { name: "Steps" }).getByRole("listitem");
    const names = await steps.evaluateAll((all) => all.map((step) => step.getAttribute("data-step")));
    expect(names).toEqual([
      "Download",
      "Check the copy",
      "Safety backup",
      "Pause writes",
      "Swap files",
      "Reopen and compare",
    ]);
    for (const step of await steps.all()) await expect(step).toHaveAttribute("data-status", "ok");
    await page.reload();
    await expect(page.getByText(`hesocial is back at ${when}`)).toBeVisible();
    await expect(page.getByText(/4\u00a0tables, all rows match the backup\. Writes waited .*\./)).toBeVisible();
    await expect(page.getByRole("button", { name: "Undo restore" })).toBeVisible();
    await expect(page.getByRole("log", { name: "Run log" })).not.toBeEmpty();
  });

  await test.step("the data is back without a restart, and the mark moved", async () => {
    expect(await api.sql("SELECT count(*), sum(id) FROM members")).toEqual([["1000", "499500"]]);
    expect(await api.sql("SELECT sum(fee)::VARCHAR FROM events")).toEqual([["301140.00"]]);
    expect(await api.sql("SELECT count(*) FROM coupons")).toEqual([["420"]]);
    const left = await api.request("/api/sql", { json: { sql: "SELECT * FROM scratch" } });
    expect(left.status).toBe(400);
    expect((await getBackup(api, backupId())).status).toBe("latest_restored");
    expect((await listBackups(api)).filter(({ type }) => type === "safety")).toHaveLength(1);
  });

  await test.step("every page says so for a day, with the way back", async () => {
    for (const path of ["/", "/backups", "/activity", "/settings/storage"]) {
      await page.goto(path);
      const notice = page.getByRole("region", { name: "Attention" });
      await expect(notice).toContainText(`Restored to ${when} by admin.`);
      await expect(notice.getByRole("button", { name: "Undo restore" })).toBeVisible();
    }
  });

  await api.sql("INSERT INTO notes VALUES (2, 'written after the restore')");
  await test.step("the undo names what was written since and what it brings back", async () => {
    await page.getByRole("region", { name: "Attention" }).getByRole("button", { name: "Undo restore" }).click();
    await expect(page).toHaveURL("/backups/undo");
    await expect(page.getByRole("heading", { level: 1, name: "Undo restore" })).toBeVisible();
    const changes = await readChanges(page);
    expect(changes).toMatchObject({
      coupons: ["420", "missing", "−420, table goes"],
      members: ["1,000", "400", "−600"],
      notes: ["2", "1", "−1"],
      scratch: ["missing", "7", "+7, table comes back"],
    });
    expect(changes.events?.slice(0, 2)).toEqual([String(EVENTS), String(EVENTS)]);
    await expect(page.getByText(/1\u00a0transaction, the last just now/)).toBeVisible();
    await expect(page.getByText("First a safety backup of the live database is taken")).toBeVisible();
    await confirmSwap(page, "Undo restore");
    await expect(page.getByText("hesocial is back")).toBeVisible();
  });

  await test.step("the damage is back as it was, and what was written since lies in a safety backup", async () => {
    expect(await api.sql("SELECT count(*) FROM members")).toEqual([["400"]]);
    expect(await api.sql("SELECT sum(fee)::VARCHAR FROM events")).toEqual([["0.00"]]);
    expect(await api.sql("SELECT count(*) FROM scratch")).toEqual([["7"]]);
    expect(await api.sql("SELECT count(*) FROM notes")).toEqual([["1"]]);
    expect((await listBackups(api)).filter(({ type }) => type === "safety")).toHaveLength(2);
    await page.goto("/");
    await expect(page.getByText(/^Restored to/)).toHaveCount(0);
  });
});

test("kept databases show what they take and when they go, and one can be let go of", async ({
  adminPage: page,
  server,
}) => {
  await untilIdle(server.api);
  await restoreByApi(server.api, backupId());
  await page.goto("/settings/storage");
  const kept = page.getByRole("list", { name: "Kept databases" }).getByRole("listitem");
  const before = await kept.count();
  expect(before).toBeGreaterThan(0);
  const newest = kept.first();
  await expect(newest).toContainText("Undo goes here");
  await expect(newest).toContainText(/hesocial\.duckdb\.before-restore-\d{8}-\d{6}/);
  await expect(newest).toContainText(/Goes in [67]\u00a0days/);
  const name = (await newest.getAttribute("data-kept")) ?? "";
  await page.getByRole("button", { name: `Let go of ${name}` }).click();
  const dialog = page.getByRole("alertdialog", { name: /^Let go of the database of / });
  await expect(dialog.getByRole("button", { name: "Keep it" })).toBeFocused();
  await dialog.getByRole("button", { name: "Let it go" }).click();
  await expect(page).toHaveURL(/\/activity\//);
  await expect(page.locator("main [data-run-id]")).toHaveAttribute("data-status", "ok");
  await page.goto("/settings/storage");
  await expect(page.locator(`[data-kept="${name}"]`)).toHaveCount(0);
});

test("“Dismiss” silences the notice in this browser, also after a reload", async ({ adminPage: page, server }) => {
  await untilIdle(server.api);
  await restoreByApi(server.api, backupId());
  await page.goto("/backups");
  const notice = page.getByText(/^Restored to .* by environment token\.$/);
  await expect(notice).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(notice).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("table", { name: "Backups" })).toBeVisible();
  await expect(notice).toHaveCount(0);
});

test("the menu, the backup’s page and the palette lead to the restore", async ({ adminPage: page, server }) => {
  await untilIdle(server.api);
  await page.goto("/backups");
  await chooseAction(page, backupId(), "Restore…");
  await expect(page).toHaveURL(`/backups/${backupId()}/restore`);
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page).toHaveURL(`/backups/${backupId()}`);
  await page.getByRole("main").getByRole("link", { name: "Restore…" }).click();
  await expect(page).toHaveURL(`/backups/${backupId()}/restore`);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search or run" }).fill("undo");
  await page.getByRole("option", { name: "Undo the last restore…" }).click();
  await expect(page).toHaveURL("/backups/undo");
});

test("a viewer and an operator see the preview, and why they may not restore", async ({ page, server }) => {
  for (const role of ["viewer", "operator"] as const) {
    await page.context().clearCookies();
    await enter(page, server, await addPerson(server, `${role}-looks@nestegg.test`, role));
    const { when } = await openRestore(page, server.api, backupId());
    await expect(page.getByRole("region", { name: "What changes" })).toBeVisible();
    const button = page.getByRole("button", { name: `Restore to ${when}` });
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await expect(button).toHaveAccessibleDescription("Only admins can restore. Ask an admin.");
    await expect(nameField(page)).toHaveCount(0);
    await button.click({ force: true });
    await expect(page).toHaveURL(`/backups/${backupId()}/restore`);
    const headers = { origin: server.url };
    for (const [procedure, json] of [
      ["backups.restore", { id: backupId(), confirm: "hesocial" }],
      ["backups.undoRestore", { confirm: "hesocial" }],
      ["backups.letGo", { name: "hesocial.duckdb.before-restore-20260101-000000" }],
      ["uploads.begin", { fileName: "a.duckdb", bytes: 1 }],
    ] as const) {
      const answer = await page.request.post(`/api/trpc/${procedure}`, { data: { json }, headers });
      expect.soft(answer.status(), `${role} ${procedure}`).toBe(403);
    }
    await page.goto("/backups");
    await expect(page.getByRole("button", { name: "Upload a file…" })).toHaveCount(0);
  }
});

test("a backup that failed its check is not offered: its page says why and names a good one", async ({
  adminPage: page,
  server,
}) => {
  await untilIdle(server.api);
  const bad = await verifiedBackup(server.api);
  const file = await open(join(server.dataDir, "bucket", "backups", bad), "r+");
  await file.write(Buffer.from([0xa5, 0x5a, 0xa5, 0x5a]), 0, 4, 300_000);
  await file.close();
  await server.api.request(`/api/admin/backup/${bad}/verify?wait=true`, { method: "POST" });
  expect((await getBackup(server.api, bad)).state).toBe("failed");

  await page.goto("/backups");
  await expect(backupRow(page, bad)).toHaveAttribute("data-status", "failed");
  await expect(page.getByRole("link", { name: `Restore ${bad}` })).toHaveCount(0);
  await openRestore(page, server.api, bad);
  const blocker = page.getByRole("list", { name: "In the way" }).getByRole("listitem");
  await expect(blocker.first()).toHaveAttribute("data-blocker", "damaged");
  await expect(blocker.first()).toContainText("The nearest good one before it:");
  await expect(nameField(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Restore to/ })).toHaveCount(0);
});

test("a backup that was not opened yet has no rows to show: “Verify now” asks for them, and they come by themselves", async ({
  adminPage: page,
  server,
}) => {
  await untilIdle(server.api);
  await server.api.sql("INSERT INTO notes VALUES (3, 'in the unread backup')");
  const id = await verifiedBackup(server.api);
  const manifest = join(server.dataDir, "bucket", "backups", `${id}.json`);
  await writeFile(manifest, JSON.stringify({ ...JSON.parse(await readFile(manifest, "utf8")), verification: null }));
  await server.api.request("/api/admin/backups?fresh=true");
  expect((await getBackup(server.api, id)).state).toBe("stored");
  await server.api.sql("DELETE FROM events WHERE id < 40");

  await openRestore(page, server.api, id);
  const changes = page.getByRole("region", { name: "What changes" });
  await expect(changes).toContainText("This backup was not opened yet, so its rows are not known.");
  const reading = holdUpload(server, null);
  await changes.getByRole("button", { name: "Verify now" }).click();
  await reading.caught;
  await expect(changes.getByRole("progressbar", { name: "Verification progress" })).toBeVisible();
  await expect(changes.getByRole("button", { name: "Verify now" })).toHaveCount(0);
  reading.release();
  expect(await readChanges(page)).toEqual({ events: ["200", "240", "+40"] });
});

test("a lost database file offers the newest backup on Overview, and is back without a restart", async ({
  adminPage: page,
  server,
}) => {
  await untilIdle(server.api);
  await server.api.sql("INSERT INTO notes VALUES (9, 'before the loss')");
  await verifiedBackup(server.api);
  await server.stop();
  await rm(join(server.dataDir, "hesocial.duckdb"));
  await server.restart({ until: "degraded" });
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Start empty…" })).toBeVisible();
  await page.getByRole("link", { name: "Restore the newest backup…" }).click();
  await expect(page.getByText("There is no live database to compare with.")).toBeVisible();
  await nameField(page).fill("hesocial");
  await page.getByRole("button", { name: /^Restore to/ }).click();
  await expect(page.locator("main [data-run-id]")).toHaveAttribute("data-status", "ok");
  expect(await server.api.sql("SELECT text FROM notes WHERE id = 9")).toEqual([["before the loss"]]);
  await page.getByRole("link", { name: "Open Overview" }).click();
  await expect(page.getByRole("link", { name: "Restore the newest backup…" })).toHaveCount(0);
});
