import type { Locator, Page } from "@playwright/test";
import { backupRow } from "./steps/backups";
import { grow, seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });
test.use({ storage: "r2" });

test("a backup's page tells what was sent and what was taken over, from which one, and what it cost", async ({
  adminPage: page,
  server,
}) => {
  await seed(server.api);
  await grow(server.api);
  await page.goto("/");
  await expect(stopLine(page)).toHaveAttribute("data-stop", "unknown");
  await expect(stopLine(page)).toContainText("known after the first backup");

  const first = await server.api.backup();
  await server.api.sql("UPDATE members SET name = 'Renamed' WHERE id < 10");
  const second = await server.api.backup();
  const third = await server.api.backup();

  await page.goto(`/backups/${first}`);
  await expect(fact(page, "Sent")).toHaveText(/^\d+(\.\d)?\sMB, all of it$/);
  await expect(fact(page, "Requests")).toHaveText(/^\d+\sclass\sA, \d+\sclass\sB, \d+\sfree$/);
  await expect(fact(page, "Took")).toHaveText(/^\d+(\.\d)?\sm?s$/);
  await expect(fact(page, "Cost")).toHaveText(
    /^(about|less than) \$0\.\d+ for its requests, .*\$0\.\d+ a month to keep/,
  );

  await page.goto(`/backups/${second}`);
  await expect(fact(page, "Sent")).toHaveText(
    new RegExp(`^\\d+(\\.\\d)?\\sMB sent, \\d+(\\.\\d)?\\sMB taken over from ${first}$`),
  );
  await fact(page, "Sent").getByRole("link", { name: first }).click();
  await expect(page).toHaveURL(new RegExp(`/backups/${first}$`));

  await page.goto(`/backups/${third}`);
  await expect(fact(page, "Sent")).toHaveText(`unchanged since ${second}: copied inside the storage, nothing sent`);
  await page.goto("/backups");
  await expect(backupRow(page, second)).toContainText(/MB sent/);
  await expect(backupRow(page, third)).toContainText("unchanged");
});

test("the Overview tells how long a stop would take, and what to do when it does not fit", async ({
  adminPage: page,
  server,
}) => {
  await server.api.backup();
  await page.goto("/");
  await expect(stopLine(page)).toHaveAttribute("data-stop", "fits");
  await expect(stopLine(page)).toHaveText(/^A stop now would take about \d+ s: nothing has changed/);

  await server.restart({ env: { SHUTDOWN_BUDGET_SECONDS: "1" } });
  await server.api.sql("CREATE TABLE notes AS SELECT 'new since the backup' AS text");
  await page.goto("/");
  await expect(stopLine(page)).toHaveAttribute("data-stop", "too-long");
  await expect(stopLine(page)).toContainText("A stop has 1\u00a0s. Nothing would be lost: the database closes cleanly");
  await expect(stopLine(page)).toContainText(
    "Back up now, so that less is left to send, or raise SHUTDOWN_BUDGET_SECONDS",
  );

  await page.getByRole("button", { name: "Backup now" }).click();
  await expect(stopLine(page)).toContainText("Nothing would be lost: the newest backup holds it all");
});

function fact(page: Page, name: string): Locator {
  return page
    .getByRole("region", { name: "Facts" })
    .getByRole("term")
    .filter({ hasText: new RegExp(`^${name}$`) })
    .locator("xpath=following-sibling::dd[1]");
}

function stopLine(page: Page): Locator {
  return page.getByRole("region", { name: "Recovery facts" }).locator("[data-stop]");
}
