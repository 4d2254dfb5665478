import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { catalogEntry } from "../server/backups/testing/catalog-entry";
import { startFaultyProxy } from "../server/storage/testing/faulty-proxy";
import { startR2Simulator } from "../server/storage/testing/r2-simulator";
import { ADMIN, storeEnvironment } from "./harness/environment";
import { startServer, type TestServer } from "./harness/server";
import { listBackups, verifiedBackup } from "./steps/backups";
import { enter } from "./steps/enter";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

const HOUR_MS = 3_600_000;
const BYTES = 1_000;

/** Backups of earlier days, as an earlier server left them in the folder. */
async function storeOld(server: TestServer, hoursAgo: number[]): Promise<string[]> {
  const folder = join(server.dataDir, "bucket", "backups");
  await mkdir(folder, { recursive: true });
  const ids: string[] = [];
  for (const hours of hoursAgo) {
    const { id, manifest } = catalogEntry({ at: new Date(Date.now() - hours * HOUR_MS), bytes: BYTES });
    if (!manifest) throw new Error("no manifest");
    await writeFile(join(folder, id), Buffer.alloc(BYTES), { mode: 0o600 });
    await writeFile(join(folder, `${id}.json`), JSON.stringify(manifest), { mode: 0o600 });
    ids.push(id);
  }
  return ids;
}

test.describe("retention", () => {
  test.use({ storage: "local" });

  test("the preview follows what is typed, names what goes and why, and saving deletes exactly that", async ({
    adminPage: page,
    server,
  }) => {
    const newest = await verifiedBackup(server.api);
    const old = await storeOld(server, [24, 48, 72, 240, 241]);
    // A list of the last seconds is given as it is, an older one is read anew.
    await expect.poll(async () => (await listBackups(server.api)).length, { timeout: 60_000 }).toBe(6);
    await page.goto("/settings/retention");
    const preview = page.getByRole("region", { name: "Retention preview" });
    const status = preview.getByRole("status");
    await expect(status).toHaveText("Keeps 6, deletes 0");
    await expect(preview).toContainText("The newest good backup");

    await page.getByRole("radio", { name: /In generations/ }).check();
    for (const [name, count] of [
      ["Last", "0"],
      ["Hourly", "0"],
      ["Weekly", "0"],
      ["Monthly", "0"],
      ["Daily", "4"],
    ] as const)
      await page.getByRole("spinbutton", { name, exact: true }).fill(count);
    await expect(status).toHaveText("Keeps 4, deletes 2");
    await preview.getByRole("button", { name: "Show the 2" }).click();
    const going = preview.getByRole("list", { name: "Backups that go" }).getByRole("listitem");
    await expect(going).toHaveCount(2);
    await expect(going.first()).toContainText("a newer one stands for its");
    await preview.getByRole("button", { name: "Show what stays" }).click();
    await expect(preview.getByRole("list", { name: "Backups that stay" })).toContainText("daily of");

    // Leaving would lose it.
    await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Storage" }).click();
    const leave = page.getByRole("alertdialog", { name: "Leave without saving retention?" });
    await leave.getByRole("button", { name: "Stay" }).click();
    await expect(page).toHaveURL(/settings\/retention$/);

    await page.getByRole("button", { name: "Save and delete 2" }).click();
    const dialog = page.getByRole("alertdialog", { name: /Delete 2/ });
    await expect(dialog.getByRole("button", { name: "Keep backups" })).toBeFocused();
    await dialog.getByRole("button", { name: "Save and delete 2" }).click();
    await expect(dialog).toBeHidden();
    await expect
      .poll(async () => (await listBackups(server.api)).filter(({ state }) => state === "deleting").map(({ id }) => id))
      .toEqual(old.slice(3));
    await page.reload();
    await expect(page.getByRole("spinbutton", { name: "Daily", exact: true })).toHaveValue("4");
    await expect(status).toHaveText("Keeps 4, deletes 0");
    await expect(page.getByRole("button", { name: "Save retention" })).toHaveAttribute("aria-disabled", "true");
    expect((await listBackups(server.api)).find(({ id }) => id === newest)?.state).not.toBe("deleting");
    await page.goto("/activity");
    await expect(page.getByRole("main")).toContainText("go in 10 minutes");
  });
});

test.describe("rules of the bucket", () => {
  test("are missing, are written beside those of others, and a key that may not is told what it takes", async ({
    page,
  }) => {
    const simulator = await startR2Simulator();
    const proxy = await startFaultyProxy({ target: simulator.settings });
    proxy.lifecycle.xml =
      "<LifecycleConfiguration><Rule><ID>logs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>5</Days></Expiration></Rule></LifecycleConfiguration>";
    const server = await startServer({ env: storeEnvironment(proxy.settings) });
    try {
      await enter(page, server, ADMIN);
      await page.goto(`${server.url}/settings/storage`);
      const card = page.getByRole("region", { name: "Rules of the bucket" });
      await expect(card.locator('[data-rule="missing-expire"]')).toBeVisible();
      const forbidden = proxy.inject({ fault: { kind: "forbidden" }, when: ({ verb }) => verb === "putLifecycle" });
      await card.getByRole("button", { name: "Write the rules" }).click();
      await expect(card.getByRole("alert")).toContainText("Admin Read & Write");
      forbidden.remove();
      await card.getByRole("button", { name: "Write the rules" }).click();
      await expect(card.getByRole("listitem")).toHaveCount(6);
      await expect(card).toContainText("Deletes objects after 90 days");
      await expect(card.getByRole("button", { name: "Copy rule" })).toBeVisible();
      expect(proxy.lifecycle.xml).toContain("<ID>logs</ID>");
    } finally {
      await server.dispose();
      await proxy.stop();
      await simulator.stop();
    }
  });
});
