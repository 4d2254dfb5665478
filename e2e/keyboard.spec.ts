import type { Page } from "@playwright/test";
import { listBackups, untilIdle, verifiedBackup } from "./steps/backups";
import { seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

test("the first Tab offers to skip to the content", async ({ adminPage: page }) => {
  await page.goto("/backups");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("B starts a backup from any page, but not while one types", async ({ adminPage: page, server }) => {
  await seed(server.api);
  await page.goto("/backups");
  await untilAwake(page);
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search backups" })).toBeFocused();
  await page.keyboard.type("bbb");
  await expect(page).toHaveURL("/backups?q=bbb");
  expect(await listBackups(server.api)).toEqual([]);
  await page.goto("/activity");
  await untilAwake(page);
  await page.keyboard.press("b");
  await expect.poll(async () => (await listBackups(server.api)).length).toBe(1);
  await untilIdle(server.api);
});

test("G and a letter go from page to page, ? shows all keys, and the palette finds and runs", async ({
  adminPage: page,
}) => {
  await page.goto("/");
  await untilAwake(page);
  for (const [key, name] of [
    ["b", "Backups"],
    ["a", "Activity"],
    ["s", "Settings"],
    ["o", "Overview"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  }
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Command palette" });
  await expect(palette.getByRole("combobox", { name: "Search or run" })).toBeFocused();
  await page.keyboard.type("activity");
  await expect(palette.getByRole("listbox", { name: "Results" }).getByRole("option").first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/activity");
});

test("a row's menu is worked with the keyboard alone, and gives the focus back", async ({
  adminPage: page,
  server,
}) => {
  await seedOnce(server.url, () => seed(server.api));
  const id = await verifiedBackup(server.api);
  await page.goto("/backups");
  const trigger = page.getByRole("button", { name: `More actions for ${id}` });
  await trigger.focus();
  await page.keyboard.press("Enter");
  const menu = page.getByRole("menu", { name: `Actions for ${id}` });
  await expect(menu.getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await page.keyboard.type("ma");
  await expect(menu.getByRole("menuitem", { name: "Mark as latest restored" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(trigger).toBeFocused();
});

/** Keys that come before the page's scripts run go to nobody: the key help opens once they do. */
async function untilAwake(page: Page): Promise<void> {
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(async () => {
    await page.keyboard.press("?");
    await expect(help).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
}

/** Tables of another test of this file may be there already. */
async function seedOnce(_server: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: Error) => {
    if (!/already exists/.test(error.message)) throw error;
  });
}
