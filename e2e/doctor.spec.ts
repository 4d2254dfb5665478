import { deferred } from "./harness/deferred";
import { seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });
test.use({ storage: "r2" });

test("the doctor tries and reads everything, its report stays, and the Overview knows it", async ({
  adminPage: page,
  server,
}) => {
  await seed(server.api);
  await server.api.backup(undefined, "?verify=true");
  await page.goto("/settings/doctor");
  await page.getByRole("button", { name: "Run the doctor" }).click();
  const rows = page.locator("li[data-check]");
  await expect(rows.first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("button", { name: "Run the doctor" })).not.toHaveAttribute("aria-busy", "true");
  for (const code of ["credentials", "write", "multipart", "part-copy", "delete", "public", "owner", "database"])
    await expect(page.locator(`[data-check="${code}"]`)).toHaveAttribute("data-status", "ok");
  await expect(page.locator('li[data-check][data-status="fault"]')).toHaveCount(0);
  await page.reload();
  await expect(page.locator('[data-check="database"]')).toContainText("match their checksums");
  const { status, body } = await server.api.request("/api/admin/doctor");
  expect([status, body.healthy]).toEqual([200, true]);
  expect(body.report.rows).toHaveLength(await rows.count());
  await page.goto("/");
  await page
    .getByRole("region", { name: "Safety checks" })
    .getByRole("link", { name: /Doctor/ })
    .click();
  await expect(page).toHaveURL(/\/settings\/doctor$/);
});

test("a drill measures what a restore takes, and its interval is saved", async ({ adminPage: page, server }) => {
  await page.goto("/settings/doctor");
  await page.getByRole("button", { name: "Run a drill now" }).click();
  const result = page.getByRole("list", { name: "Drill results" }).getByRole("listitem");
  await expect(result.first()).toHaveAttribute("data-status", "ok", { timeout: 60_000 });
  await expect(result.first()).toContainText("rows read");
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Recovery facts" })).toContainText("Measured by a drill on");

  await page.goto("/settings/doctor");
  const days = page.getByRole("textbox", { name: "Every so many days" });
  await days.fill("0");
  await expect(page.getByText("Use a whole number of days from 1 to 90.")).toBeVisible();
  await days.fill("3");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Cost" }).click();
  await page
    .getByRole("alertdialog", { name: "Leave without saving the drills?" })
    .getByRole("button", { name: "Stay" })
    .click();
  // By the key, and once more while the first is under way, which would be refused as somebody else's.
  const mayGo = deferred();
  let sent = 0;
  await page.route(/drills\.save/, async (route) => {
    sent += 1;
    await mayGo.promise;
    await route.continue();
  });
  await days.press("Enter");
  await expect(page.getByRole("button", { name: "Save drills" })).toHaveAttribute("aria-busy", "true");
  await expect(page.getByRole("button", { name: "Discard changes" })).toHaveAttribute("aria-disabled", "true");
  await days.press("Enter");
  mayGo.resolve();
  await expect(page.getByRole("status", { name: "Saving drills" })).toHaveText("Saved.");
  expect(sent).toBe(1);
  await page.reload();
  await expect(days).toHaveValue("3");
  const { body } = await server.api.request("/api/admin/operations?kind=drill");
  expect(body.operations[0]).toMatchObject({ state: "ok", kind: "drill" });
});
