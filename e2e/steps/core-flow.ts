import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  backupRow,
  chooseAction,
  drawnTime,
  getBackup,
  type Listed,
  listBackups,
  openActions,
  untilIdle,
  verifiedBackup,
} from "./backups";
import { bucketNames } from "./bucket";
import { queryFile } from "./duckdb-file";
import { holdUpload } from "./hold-upload";
import { EVENTS, grow, MEMBERS, seed } from "./seed";
import { expect, test } from "./test";

/** What an admin does with backups, the same on both kinds of storage: one server for all of it. */
export function describeCoreFlow(storage: "local" | "r2"): void {
  test.describe.configure({ mode: "default" });
  test.use({ storage });

  let seeded = "";
  test.beforeEach(async ({ server }) => {
    if (seeded === server.url) return;
    seeded = server.url;
    await seed(server.api);
    await grow(server.api);
  });

  test("Backup now runs live, is found again by a reload, and becomes verified by itself", async ({
    adminPage: page,
    server,
    gate,
    simulator,
  }) => {
    const before = await listBackups(server.api);
    const upload = holdUpload(server, gate);
    await page.goto("/");
    await page.getByRole("button", { name: "Backup now" }).click();
    const run = page.getByRole("region", { name: "Current run" });
    await expect(run).toHaveAttribute("data-status", "running");
    await upload.caught;
    const progress = run.getByRole("progressbar", { name: "Backup progress" });
    await expect(progress).toHaveAttribute("aria-valuetext", /^Step 3 of 5/);
    if (gate) await expect(progress).toHaveAttribute("aria-valuetext", /^Step 3 of 5, [1-9]\d? percent$/);
    await expect(page).toHaveTitle(gate ? /^\d+\u00a0%: Overview/ : /: Overview/);
    const runId = await run.getAttribute("data-run-id");

    await page.reload();
    await expect(run).toHaveAttribute("data-run-id", runId ?? "");
    await expect(progress).toHaveAttribute("aria-valuetext", /^Step 3 of 5/);
    await expect(run.getByRole("link", { name: "View run" })).toHaveAttribute("href", `/activity/${runId}`);

    await page
      .getByRole("navigation", { name: "Main", exact: true })
      .getByRole("link", { name: /^Backups/ })
      .click();
    const creating = page
      .getByRole("table", { name: "Backups" })
      .getByRole("row")
      .and(page.locator('[data-status="creating"]'));
    await expect(creating.getByRole("progressbar", { name: "Backup progress" })).toBeVisible();
    // Nothing is listed before it is whole.
    expect(await listBackups(server.api)).toEqual(before);

    upload.release();
    await expect.poll(async () => (await listBackups(server.api)).length).toBe(before.length + 1);
    const [made] = await listBackups(server.api);
    expect(made?.id).toMatch(/^hesocial-manual-\d{8}-\d{6}\.duckdb$/);
    const row = backupRow(page, made?.id ?? "");
    await expect(row).toHaveAttribute("data-status", "verified");
    await expect(row).toContainText("3 tables, all rows read".replace("3 ", "3\u00a0"));
    expect((await getBackup(server.api, made?.id ?? "")).state).toBe("verified");
    expect(await bucketNames(server, simulator)).toEqual(expect.arrayContaining([made?.id, `${made?.id}.json`]));
    expect(await bucketNames(server, simulator)).not.toContain(`${made?.id}.claim`);
  });

  test("a second press while one runs waits in line, and is a backup of its own", async ({
    adminPage: page,
    server,
    gate,
  }) => {
    await untilIdle(server.api);
    const before = (await listBackups(server.api)).length;
    const upload = holdUpload(server, gate);
    await page.goto("/backups");
    const button = page.getByRole("button", { name: "Backup now" });
    await button.click();
    await upload.caught;
    await expect(button).toHaveAccessibleDescription(/^A backup is running\. Step \d of 5/);
    await button.click();
    await expect(button).toHaveAccessibleDescription("A backup is running. Yours starts when it ends.");
    const creating = page.locator('[data-status="creating"]').and(page.getByRole("row"));
    await expect(creating).toHaveCount(2);
    await expect(creating.first()).toContainText("Queued");
    await expect(creating.last()).toContainText("Backing up");
    upload.release();
    await expect.poll(async () => (await listBackups(server.api)).length).toBe(before + 2);
    await untilIdle(server.api);
    await expect(creating).toHaveCount(0);
    const [second, first] = await listBackups(server.api);
    for (const made of [first, second]) {
      await expect(backupRow(page, made?.id ?? "")).toHaveAttribute("data-status", "verified");
    }
  });

  test("one backup holds the mark “latest restored”; it moves, and Undo gives it back", async ({
    adminPage: page,
    server,
  }) => {
    const old = await verifiedBackup(server.api);
    const young = await verifiedBackup(server.api);
    const holders = async () =>
      (await listBackups(server.api)).filter(({ status }) => status === "latest_restored").map(({ id }) => id);
    const marked = page.locator("[data-latest-restored]").and(page.getByRole("row"));
    const notice = page.getByRole("region", { name: "Notifications" });
    await page.goto("/backups");

    await chooseAction(page, old, "Mark as latest restored");
    await expect(backupRow(page, old)).toContainText("Latest restored");
    await expect.poll(holders).toEqual([old]);

    await chooseAction(page, young, "Mark as latest restored");
    await expect(backupRow(page, young)).toHaveAttribute("data-latest-restored", "true");
    await expect(marked).toHaveCount(1);
    await expect.poll(holders).toEqual([young]);

    const moved = notice.getByRole("listitem").last();
    await expect(moved).toContainText(`Moved “Latest restored” to ${await drawnTimeOf(young)}.`);
    await moved.getByRole("button", { name: "Undo" }).click();
    await expect(backupRow(page, old)).toHaveAttribute("data-latest-restored", "true");
    await expect(marked).toHaveCount(1);
    await expect.poll(holders).toEqual([old]);

    await page.reload();
    await expect(backupRow(page, old)).toHaveAttribute("data-latest-restored", "true");
    await chooseAction(page, old, "Remove mark");
    await expect(marked).toHaveCount(0);
    await expect.poll(holders).toEqual([]);

    async function drawnTimeOf(id: string): Promise<string> {
      return drawnTime((await getBackup(server.api, id)).timestamp);
    }
  });

  test("the downloaded file has the right name, opens in DuckDB and has every row", async ({
    adminPage: page,
    server,
    gate,
  }) => {
    const id = await verifiedBackup(server.api);
    await page.goto("/backups");
    const folder = await mkdtemp(join(tmpdir(), "nestegg-download-"));
    try {
      const started = page.waitForEvent("download");
      await page.getByRole("button", { name: `Download ${id}` }).click();
      const download = await started;
      expect(download.suggestedFilename()).toBe(id);
      const path = join(folder, id);
      await download.saveAs(path);
      expect(await queryFile(path, "SELECT (SELECT count(*) FROM members), (SELECT count(*) FROM events)")).toEqual([
        [String(MEMBERS), String(EVENTS)],
      ]);
      expect(await queryFile(path, "SELECT name FROM members WHERE id = 7")).toEqual([["Member 7"]]);
      // R2 hands the file out itself, by a link that ends soon; a folder is streamed by the server.
      const from = new URL(download.url()).origin;
      expect(from).toBe(gate ? new URL(gate.settings.endpoint).origin : server.url);
      await expect(page).toHaveURL("/backups");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("the backup's own page shows its proof, its tables and its file", async ({ adminPage: page, server }) => {
    const id = await verifiedBackup(server.api);
    await page.goto("/backups");
    await backupRow(page, id).getByRole("rowheader").getByRole("link").click();
    await expect(page).toHaveURL(`/backups/${id}`);
    const proofs = page.getByRole("list", { name: "Proof" }).getByRole("listitem");
    await expect(proofs).toHaveCount(5);
    for (const proof of await proofs.all()) await expect(proof).toHaveAttribute("data-status", "pass");
    await page.getByRole("tab", { name: "Tables 3" }).click();
    const rows = page.getByRole("tabpanel").getByRole("row");
    await expect(rows.filter({ hasText: "members" })).toContainText(MEMBERS.toLocaleString("en-GB"));
    await expect(rows.filter({ hasText: "events" })).toContainText(String(EVENTS));
    await page.getByRole("tab", { name: "Manifest" }).click();
    await expect(page.getByRole("tabpanel")).toContainText(`"id": "${id}"`);
    await expect(page.getByRole("button", { name: /^Download \d/ })).toBeVisible();
  });

  test("a cancelled backup leaves no row, no object, and says so", async ({
    adminPage: page,
    server,
    gate,
    simulator,
  }) => {
    await untilIdle(server.api);
    const before: Listed[] = await listBackups(server.api);
    const objects = await bucketNames(server, simulator);
    const upload = holdUpload(server, gate);
    await page.goto("/backups");
    await page.getByRole("button", { name: "Backup now" }).click();
    await upload.caught;
    await page.getByRole("button", { name: /^Cancel backup hesocial-manual-/ }).click();
    const dialog = page.getByRole("alertdialog", { name: "Cancel this run?" });
    await expect(dialog.getByRole("button", { name: "Let it run" })).toBeFocused();
    await dialog.getByRole("button", { name: "Cancel run" }).click();
    upload.release();
    await expect(page.locator('[data-status="creating"]').and(page.getByRole("row"))).toHaveCount(0);
    await untilIdle(server.api);
    expect((await listBackups(server.api)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    await expect.poll(() => bucketNames(server, simulator)).toEqual(objects);
    const { body } = await server.api.request("/api/admin/operations?kind=backup&limit=1");
    expect(body.operations[0].state).toBe("cancelled");
  });

  test("the menu offers what the contract names, in its words", async ({ adminPage: page, server }) => {
    const id = await verifiedBackup(server.api);
    await page.goto("/backups");
    const menu = await openActions(page, id);
    for (const name of [
      "Verify now",
      "Edit tags and note…",
      "Lock",
      "Mark as latest restored",
      "Copy id",
      "Copy ATTACH statement",
      "Copy as curl",
    ]) {
      await expect(menu.getByRole("menuitem", { name, exact: true })).toBeVisible();
    }
    await page.keyboard.press("Escape");
    await expect(menu).toBeHidden();
    await expect(page.getByRole("button", { name: `More actions for ${id}` })).toBeFocused();
  });
}
