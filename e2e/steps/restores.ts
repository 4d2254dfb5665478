import { expect, type Locator, type Page } from "@playwright/test";
import type { Api } from "../harness/api";
import { drawnTime, getBackup } from "./backups";

/** A restore starts two processes and makes a backup: seconds, and more on a busy machine. */
const RUN_LIMIT_MS = 90_000;

/** The rows that the preview names as changed: table to [live, after, change]. */
export async function readChanges(page: Page): Promise<Record<string, string[]>> {
  const rows = page.getByRole("table", { name: "Row changes" }).getByRole("row").and(page.locator("[data-table]"));
  await expect(rows.first()).toBeVisible();
  const named: Record<string, string[]> = {};
  for (const row of await rows.all()) {
    const cells = await row.getByRole("cell").allInnerTexts();
    named[(await row.getAttribute("data-table")) ?? ""] = cells.map((text) => text.trim());
  }
  return named;
}

export async function openRestore(page: Page, api: Api, id: string): Promise<{ when: string }> {
  const when = drawnTime((await getBackup(api, id)).timestamp);
  await page.goto(`/backups/${id}/restore`);
  await expect(page.getByRole("heading", { level: 1, name: `Restore hesocial to ${when}` })).toBeVisible();
  return { when };
}

export function nameField(page: Page): Locator {
  return page.getByRole("textbox", { name: "Type hesocial to replace the live database" });
}

/** Types the name, starts it, and waits on the run's page until it has ended in `state`. */
export async function confirmSwap(page: Page, button: string, state = "ok"): Promise<string> {
  await nameField(page).fill("hesocial");
  await page.getByRole("button", { name: button }).click();
  await expect(page).toHaveURL(/\/activity\/[^/]+$/);
  const run = page.locator("main [data-run-id]");
  await expect(run).toHaveAttribute("data-status", state, { timeout: RUN_LIMIT_MS });
  return (await run.getAttribute("data-run-id")) ?? "";
}

/** By REST, for what only needs to have happened. */
export async function restoreByApi(api: Api, id: string): Promise<void> {
  const { status, body } = await api.request(`/api/admin/backup/${id}/restore?wait=true`, { json: { confirm: id } });
  expect(status, JSON.stringify(body)).toBe(200);
}
