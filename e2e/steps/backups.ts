import { expect, type Locator, type Page } from "@playwright/test";
import type { Api } from "../harness/api";

export interface Listed {
  id: string;
  type: string;
  state: string;
  status?: string;
  locked: boolean;
  timestamp: string;
  size: string;
  note: string;
  tags: Record<string, string>;
  deletesAt: string | null;
}

/** What GET /api/admin/backups says. */
export async function listBackups(api: Api): Promise<Listed[]> {
  const { status, body } = await api.request("/api/admin/backups");
  expect(status).toBe(200);
  return body.backups;
}

export async function getBackup(api: Api, id: string): Promise<Listed> {
  const { status, body } = await api.request(`/api/admin/backup/${id}`);
  expect(status, id).toBe(200);
  return body.backup;
}

/** Takes one by REST and waits until it is verified too, so that nothing moves on its row afterwards. */
export async function verifiedBackup(api: Api, input?: { note?: string; tags?: Record<string, string> }) {
  const id = await api.backup(input, "?verify=true");
  expect((await getBackup(api, id)).state).toBe("verified");
  return id;
}

/** Resolves when no run is queued or running. */
export async function untilIdle(api: Api): Promise<void> {
  await expect
    .poll(async () => {
      const { body } = await api.request("/api/admin/operations");
      return body.operations.filter(({ state }: { state: string }) => /queued|running|waiting/.test(state)).length;
    })
    .toBe(0);
}

export function backupRow(page: Page, id: string): Locator {
  return page
    .getByRole("table", { name: "Backups" })
    .getByRole("row")
    .and(page.locator(`[data-backup-id="${id}"]`));
}

export async function openActions(page: Page, id: string): Promise<Locator> {
  await page.getByRole("button", { name: `More actions for ${id}` }).click();
  const menu = page.getByRole("menu", { name: `Actions for ${id}` });
  await expect(menu).toBeVisible();
  return menu;
}

export async function chooseAction(page: Page, id: string, name: string | RegExp): Promise<void> {
  const menu = await openActions(page, id);
  await menu.getByRole("menuitem", { name }).click();
}

/** "24 Nov, 08:49", as the tests' browser (en-GB, UTC) draws it. */
export function drawnTime(timestamp: string): string {
  const at = new Date(timestamp);
  const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  return `${day.replace("Sept", "Sep")}, ${timestamp.slice(11, 16)}`;
}
