import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { startServer } from "./harness/server";
import { verifiedBackup } from "./steps/backups";
import { restoreByApi } from "./steps/restores";
import { seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

/** Both layouts and both themes' colours, each with every rule: an element's colours do not depend on the width. */
const LOOKS = [
  { width: 1280, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const;
const NARROW = [390, 320];
const HEIGHT = 900;

let made: { server: string; backup: string; run: string; restore: string } | null = null;
test.beforeEach(async ({ server }) => {
  if (made?.server === server.url) return;
  await seed(server.api);
  await verifiedBackup(server.api, {
    note: "before the spring tournament",
    tags: { release: "v3", "pre-migration": "" },
  });
  const backup = await verifiedBackup(server.api);
  await server.api.request(`/api/admin/backup/${backup}/lock`, { method: "PUT", json: { locked: true } });
  await server.api.request(`/api/admin/backup/${backup}/status`, {
    method: "PUT",
    json: { status: "latest_restored" },
  });
  const { body } = await server.api.request("/api/admin/operations?kind=verify&limit=1");
  const runs = await server.api.request("/api/admin/operations?kind=backup&limit=1");
  // So that there is something to undo, and every page carries the notice of it.
  await server.api.sql("DELETE FROM events WHERE id < 40");
  await restoreByApi(server.api, backup);
  const restores = await server.api.request("/api/admin/operations?kind=restore&limit=1");
  made = {
    server: server.url,
    backup,
    run: (body.operations[0] ?? runs.body.operations[0]).id,
    restore: restores.body.operations[0].id,
  };
});

const PAGES: [name: string, path: () => string][] = [
  ["Overview", () => "/"],
  ["Backups", () => "/backups"],
  ["one backup", () => `/backups/${made?.backup}`],
  ["one backup's tables", () => `/backups/${made?.backup}?tab=tables`],
  ["a restore", () => `/backups/${made?.backup}/restore`],
  ["an undo", () => "/backups/undo"],
  ["Activity", () => "/activity"],
  ["a run", () => `/activity/${made?.run}`],
  ["a restore’s run", () => `/activity/${made?.restore}`],
  ["Settings, storage", () => "/settings/storage"],
  ["Settings, schedule", () => "/settings/schedule"],
  ["Settings, retention", () => "/settings/retention"],
  ["Settings, notifications", () => "/settings/notifications"],
  ["Settings, doctor", () => "/settings/doctor"],
  ["Settings, cost", () => "/settings/cost"],
  ["Settings, people", () => "/settings/people"],
  ["Settings, audit", () => "/settings/audit"],
  ["Settings, API tokens", () => "/settings/tokens"],
  ["Settings, appearance", () => "/settings/appearance"],
  ["an unknown backup", () => "/backups/hesocial-manual-20200101-000000.duckdb"],
];

for (const [name, path] of PAGES) {
  test(`${name} passes axe in both themes and layouts, and never scrolls sideways`, async ({ adminPage }) => {
    await look(adminPage, path());
  });
}

test("sign-in passes axe in both themes and layouts, and never scrolls sideways", async ({ page }) => {
  await look(page, "/signin");
});

test("the first setup passes axe in both themes and layouts, and never scrolls sideways", async ({ page }) => {
  const server = await startServer({ env: { ADMIN_EMAIL: "", ADMIN_PASSWORD: "" } });
  await look(page, `${server.url}/setup`);
  await server.dispose();
});

test("open dialogs and menus pass axe too", async ({ adminPage: page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("/backups");
  await page.getByRole("button", { name: `More actions for ${made?.backup}` }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  await expectNoViolations(page, "menu");
  await page.getByRole("menuitem", { name: "Edit tags and note…" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectNoViolations(page, "dialog");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^State/ }).click();
  await expect(page.getByRole("listbox")).toBeVisible();
  await expectNoViolations(page, "filter");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Command palette" })).toBeVisible();
  await expectNoViolations(page, "palette");
  await page.keyboard.press("Escape");
  await page.goto("/backups");
  await page.getByRole("button", { name: "Upload a file…" }).click();
  await expect(page.getByRole("dialog", { name: "Upload a file" })).toBeVisible();
  await expectNoViolations(page, "upload");
  await page.goto("/settings/storage");
  await page.getByRole("button", { name: /^Let go of / }).click();
  await expect(page.getByRole("alertdialog")).toBeVisible();
  await expectNoViolations(page, "let go");
  await page.goto("/settings/tokens");
  await page.getByRole("button", { name: "New token" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectNoViolations(page, "new token");
});

async function look(page: Page, path: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: HEIGHT });
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  for (const { width, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page, `${path} ${colorScheme} ${width}`);
  }
  for (const width of NARROW) {
    await page.setViewportSize({ width, height: HEIGHT });
    const wide = await page.evaluate(() => ({
      page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      // Names what sticks out, so that the failure says where to look.
      out: [...document.querySelectorAll("main *, nav *, header *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 5)
        .map((element) => element.outerHTML.slice(0, 160)),
    }));
    expect(wide.page, `${path} at ${width} px: ${wide.out.join("\n")}`).toBeLessThanOrEqual(0);
  }
}

async function expectNoViolations(page: Page, about: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.slice(0, 4).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
  }));
  expect.soft(found, about).toEqual([]);
}
