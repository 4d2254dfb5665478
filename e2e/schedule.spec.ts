import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });
test.use({ storage: "local", serverOptions: { env: { BACKUP_TIME_ZONE: "Asia/Taipei" } }, timezoneId: "UTC" });

const HOUR_MS = 3_600_000;

test("a schedule is planned while it is typed, saved for good, and stands on the Overview", async ({
  adminPage: page,
}) => {
  await page.goto("/settings/schedule");
  await expect(page.getByText("Set by BACKUP_SCHEDULE, BACKUP_TIME_ZONE")).toBeVisible();
  const slots = page.getByRole("region", { name: "Next runs" }).getByRole("listitem");
  await expect(slots).toHaveCount(5);
  const [first, second] = await slots.evaluateAll((items) => items.map((item) => item.getAttribute("data-slot") ?? ""));
  expect(Date.parse(second ?? "") - Date.parse(first ?? "")).toBe(6 * HOUR_MS);

  await page.getByRole("combobox", { name: "How often" }).selectOption("Every week");
  await page.getByRole("combobox", { name: "On", exact: true }).selectOption("Tuesday");
  await page.getByLabel("At", { exact: true }).fill("04:30");
  await expect(page.getByRole("status", { name: "Schedule preview" })).toHaveText("The next runs were worked out anew");
  // Half past four in Taipei, which knows no summer time, is 20:30 UTC of the day before.
  await expect(slots.first()).toHaveAttribute("data-slot", /T20:30:00\.000Z$/);
  await expect(slots.first()).toContainText("04:30 Asia/Taipei");
  const weekly = await slots.evaluateAll((items) =>
    items.map((item) => new Date(item.getAttribute("data-slot") ?? "")),
  );
  expect(weekly.map((slot) => slot.getUTCDay())).toEqual([1, 1, 1, 1, 1]);

  await page.getByRole("spinbutton", { name: "Begin up to so many minutes later" }).fill("15");
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(page.getByText("Saved in the dashboard")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("combobox", { name: "How often" })).toHaveValue("weekly");
  await expect(page.getByRole("spinbutton", { name: "Begin up to so many minutes later" })).toHaveValue("15");
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Recovery facts" })).toContainText(
    "every Tuesday at 04:30 Asia/Taipei, and at every stop",
    { ignoreCase: true },
  );
});

test("a line that is no cron line is said at its field, and leaving with changes is asked about", async ({
  adminPage: page,
}) => {
  await page.goto("/settings/schedule");
  const before = await page.getByRole("combobox", { name: "How often" }).inputValue();
  await page.getByRole("combobox", { name: "How often" }).selectOption("By a cron line");
  const line = page.getByRole("textbox", { name: "Cron line" });
  await line.fill("0 25 * * *");
  await expect(line).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("“25” is no hour")).toBeVisible();
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(line).toBeFocused();
  await line.fill("*/30 9-17 * * 1-5");
  await expect(line).not.toHaveAttribute("aria-invalid");
  await page.getByRole("combobox", { name: "Time zone" }).fill("Moon/Base");
  await expect(page.getByText("“Moon/Base” is no time zone")).toBeVisible();

  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Storage" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Leave without saving the schedule?" });
  await dialog.getByRole("button", { name: "Stay" }).click();
  await expect(line).toHaveValue("*/30 9-17 * * 1-5");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Storage" }).click();
  await dialog.getByRole("button", { name: "Leave" }).click();
  await page.waitForURL("**/settings/storage");
  await page.goto("/settings/schedule");
  await expect(page.getByRole("combobox", { name: "How often" })).toHaveValue(before);
});

test("what another tab has saved meanwhile is not put back", async ({ adminPage: page }) => {
  const other = await page.context().newPage();
  for (const tab of [page, other]) await tab.goto("/settings/schedule");
  const often = (tab: typeof page) => tab.getByRole("combobox", { name: "How often" });
  const save = (tab: typeof page) => tab.getByRole("button", { name: "Save schedule" });
  const before = await often(page).inputValue();
  await often(other).selectOption("Every hour");
  await often(page).selectOption("Every day");
  await save(other).click();
  await expect(other.getByRole("status").filter({ hasText: "Saved." })).toBeVisible();
  await save(page).click();
  await expect(page.getByRole("alert").filter({ hasText: "Somebody saved the schedule" })).toBeVisible();
  const saved = await often(other).inputValue();
  await page.getByRole("button", { name: "Discard changes" }).click();
  await expect(often(page)).toHaveValue(saved);
  await often(page).selectOption(before);
  await save(page).click();
  await expect(page.getByRole("status").filter({ hasText: "Saved." })).toBeVisible();
  await other.close();
});

test("code that cannot be fetched neither loses what is typed nor breaks the page for good", async ({
  adminPage: page,
}) => {
  await page.goto("/settings/schedule");
  await page.getByLabel("Begin up to so many minutes later").fill("5");
  await page.waitForLoadState("networkidle");
  const chunks = "**/_next/static/chunks/**";
  await page.route(chunks, (route) => route.abort());
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Storage" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Leave without saving the schedule?" });
  await dialog.getByRole("button", { name: "Stay" }).click();
  await expect(page.getByLabel("Begin up to so many minutes later")).toHaveValue("5");
  await page.getByRole("button", { name: "Discard changes" }).click();
  await page.getByRole("button", { name: "Pause…" }).click();
  await expect(page.getByRole("heading", { name: "This page broke" })).toBeVisible();
  await page.unroute(chunks);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: "Pause…" }).click();
  await expect(page.getByRole("dialog", { name: "Pause scheduled backups" })).toBeVisible();
});

test("Back asks as a link does, and goes back when told to", async ({ adminPage: page }) => {
  await page.goto("/settings/storage");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Schedule" }).click();
  const delay = page.getByLabel("Begin up to so many minutes later");
  const before = await delay.inputValue();
  await delay.fill("7");
  // As the button does it: the driver's own goBack waits for a page that is not left.
  const back = () => page.evaluate(() => window.history.back());
  const dialog = page.getByRole("alertdialog", { name: "Leave without saving the schedule?" });
  await back();
  await dialog.getByRole("button", { name: "Stay" }).click();
  await expect(page).toHaveURL(/\/settings\/schedule$/);
  await expect(delay).toHaveValue("7");
  await back();
  await dialog.getByRole("button", { name: "Leave" }).click();
  await page.waitForURL("**/settings/storage");
  await page.goForward();
  await expect(delay).toHaveValue(before);
});

test("a pause has a reason and an end, shows on the Overview, and is ended by a press", async ({ adminPage: page }) => {
  await page.goto("/settings/schedule");
  await page.getByRole("button", { name: "Pause…" }).click();
  const dialog = page.getByRole("dialog", { name: "Pause scheduled backups" });
  await dialog.getByRole("button", { name: "Pause backups" }).click();
  await expect(dialog.getByRole("textbox", { name: "Reason" })).toBeFocused();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("moving the bucket");
  await dialog.getByRole("combobox", { name: "Ends" }).selectOption("In 1 day");
  await dialog.getByRole("button", { name: "Pause backups" }).click();
  await expect(page.getByText(/Paused until .* by .*: moving the bucket/)).toBeVisible();
  await page.goto("/");
  const facts = page.getByRole("region", { name: "Recovery facts" });
  await expect(facts).toContainText(/paused until \d+ \w+, \d\d:\d\d UTC: moving the bucket/i);
  await page.goto("/settings/schedule");
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("button", { name: "Pause…" })).toBeVisible();
  await page.goto("/");
  await expect(facts).toContainText("at every stop");
});
