import { backupRow, openActions, verifiedBackup } from "./steps/backups";
import { enter } from "./steps/enter";
import { addPerson } from "./steps/people";
import { seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

let made: { id: string; server: string } | null = null;
test.beforeEach(async ({ server }) => {
  if (made?.server === server.url) return;
  await seed(server.api);
  made = { id: await verifiedBackup(server.api), server: server.url };
});

const backupId = () => made?.id ?? "";

test("a viewer sees everything and is offered nothing that changes it", async ({ page, server }) => {
  await enter(page, server, await addPerson(server, "viewer@nestegg.test", "viewer"));
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Recovery facts" })).toBeVisible();
  const button = page.getByRole("button", { name: "Backup now" });
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await expect(button).toHaveAccessibleDescription("Only operators and admins can back up. Ask an admin.");
  await button.click({ force: true });
  await page.keyboard.press("b");

  await page.goto("/backups");
  const row = backupRow(page, backupId());
  await expect(row).toHaveAttribute("data-status", "verified");
  await expect(page.getByRole("checkbox")).toHaveCount(0);
  await expect(row.getByRole("button", { name: /^Download/ })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Backup with a note" })).toHaveCount(0);
  const menu = await openActions(page, backupId());
  await expect(menu.getByRole("menuitem")).toHaveText(["Copy id", "Copy ATTACH statement", "Copy as curl"]);
  await page.keyboard.press("Escape");

  await page.goto(`/backups/${backupId()}`);
  await expect(page.getByRole("button", { name: /^Download/ })).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByRole("button", { name: "Edit note" })).toHaveCount(0);

  await page.goto("/settings");
  const sections = page.getByRole("navigation", { name: "Settings" }).getByRole("link");
  await expect(sections).toHaveText(["Storage", "Schedule", "Retention", "Doctor", "Cost", "People", "Appearance"]);
  await expect(page.getByRole("button", { name: "Run storage check" })).toHaveAttribute("aria-disabled", "true");
  await page.goto("/settings/tokens");
  await expect(page.getByText("Only admins can open this")).toBeVisible();

  const { body } = await server.api.request("/api/admin/operations?kind=backup");
  expect(body.operations).toHaveLength(1);
});

const MUTATIONS: [procedure: string, input: unknown][] = [
  ["backups.create", {}],
  ["backups.verify", { id: "ID" }],
  ["backups.tag", { id: "ID", note: "mine" }],
  ["backups.lock", { id: "ID", locked: true }],
  ["backups.setStatus", { id: "ID", status: "latest_restored" }],
  ["backups.remove", { id: "ID" }],
  ["backups.undelete", { id: "ID" }],
  ["backups.downloadUrl", { id: "ID" }],
  ["backups.adopt", { id: "ID" }],
  ["backups.restore", { id: "ID", confirm: "hesocial" }],
  ["backups.undoRestore", { confirm: "hesocial" }],
  ["backups.letGo", { name: "hesocial.duckdb.before-restore-20260101-000000" }],
  ["uploads.begin", { fileName: "a.duckdb", bytes: 1 }],
  ["tokens.create", { name: "mine", scopes: ["backups:read"], expiresInDays: 1 }],
  ["settings.storageCheck", {}],
  ["settings.takeOver", {}],
  ["database.startEmpty", {}],
  ["schedule.pause", { reason: "no", until: "2030-01-01T00:00:00Z" }],
  ["schedule.save", {}],
  ["retention.save", {}],
  ["retention.run", { dryRun: true }],
  ["bucketRules.write", {}],
  ["drills.run", {}],
  ["alerts.add", {}],
  ["alerts.test", { id: "any" }],
  ["cost.save", {}],
  ["people.invite", { email: "friend@nestegg.test", role: "admin" }],
  ["people.setRole", { id: "any", role: "admin" }],
];

test("the server refuses a viewer who goes past the page", async ({ page, server }) => {
  await enter(page, server, await addPerson(server, "curious@nestegg.test", "viewer"));
  const headers = { origin: server.url };
  for (const [procedure, input] of MUTATIONS) {
    const json = JSON.parse(JSON.stringify(input).replace("ID", backupId()));
    const answer = await page.request.post(`${server.url}/api/trpc/${procedure}`, { data: { json }, headers });
    expect.soft(answer.status(), procedure).toBe(403);
  }
  for (const [method, path] of [
    ["POST", ""],
    ["DELETE", `/${backupId()}`],
    ["GET", `/${backupId()}/download`],
    ["POST", `/${backupId()}/verify`],
  ] as const) {
    const answer = await page.request.fetch(`${server.url}/api/admin/backup${path}`, { method, headers });
    expect.soft(answer.status(), `${method} ${path}`).toBe(403);
  }
  for (const query of ["tokens.list", "audit.list", "alerts.channels", "people.list"]) {
    expect.soft((await page.request.get(`${server.url}/api/trpc/${query}`)).status(), query).toBe(403);
  }
  const after = await server.api.request(`/api/admin/backup/${backupId()}`);
  expect(after.body.backup).toMatchObject({ note: "", locked: false, deletesAt: null });
});

test("an operator backs up, marks and locks, but does not delete, unlock or see tokens", async ({ page, server }) => {
  await enter(page, server, await addPerson(server, "operator@nestegg.test", "operator"));
  const older = backupId();
  await verifiedBackup(server.api);
  await server.api.request(`/api/admin/backup/${older}/lock`, { method: "PUT", json: { locked: true } });
  await page.goto("/backups");
  await expect(page.getByRole("button", { name: "Backup now" })).not.toHaveAttribute("aria-disabled", "true");
  const menu = await openActions(page, older);
  await expect(menu.getByRole("menuitem", { name: "Mark as latest restored" })).toBeVisible();
  await expect(menu.getByRole("menuitem", { name: /Unlock|Delete/ })).toHaveCount(0);
  const headers = { origin: server.url };
  const unlock = { json: { id: older, locked: false } };
  expect((await page.request.post("/api/trpc/backups.lock", { data: unlock, headers })).status()).toBe(403);
  expect(
    (await page.request.post("/api/trpc/backups.remove", { data: { json: { id: older } }, headers })).status(),
  ).toBe(403);
  await page.goto("/settings/tokens");
  await expect(page.getByText("Only admins can open this")).toBeVisible();
});
