import { type AlertReceiver, startAlertReceiver } from "./steps/alert-receiver";
import { enter } from "./steps/enter";
import { addPerson } from "./steps/people";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });
test.use({ storage: "local" });

let receiver: AlertReceiver;
test.beforeAll(async () => {
  receiver = await startAlertReceiver();
});
test.afterAll(() => receiver.close());

test("a channel is added, tested, found dead, mended and removed, and its address is never shown again", async ({
  adminPage: page,
}) => {
  await page.goto("/settings/notifications");
  await page.getByRole("button", { name: "Add channel" }).click();
  const form = page.getByRole("dialog", { name: "Add a channel" });
  await form.getByRole("button", { name: "Add channel" }).click();
  await expect(form.getByRole("textbox", { name: "Name" })).toBeFocused();
  await form.getByRole("textbox", { name: "Name" }).fill("Slack #ops");
  await form.getByRole("textbox", { name: "Address" }).fill("file:///etc/passwd");
  await form.getByRole("button", { name: "Add channel" }).click();
  await expect(form.getByText("it begins with https:// or http://")).toBeVisible();
  await form.getByRole("textbox", { name: "Address" }).fill(`${receiver.url}/services/T0Secret/B0Secret/abcdx7Kq`);
  await form.getByRole("checkbox", { name: "Cost above the budget" }).uncheck();
  await form.getByRole("button", { name: "Add channel" }).click();
  await expect(form).toBeHidden();

  const row = page.getByRole("list", { name: "Channels" }).getByRole("listitem");
  await expect(row).toContainText(`${receiver.url}/…/x7Kq`);
  await expect(row).toHaveAttribute("data-status", "new");

  receiver.answer = { status: 404, body: "no_service" };
  await page.getByRole("button", { name: "Send test to Slack #ops" }).click();
  const tested = page.getByRole("dialog", { name: "Test of Slack #ops" });
  const answer = tested.getByRole("status", { name: "Answer" });
  await expect(answer).toHaveText("Slack answered 404: no_service.");
  await expect(tested).toContainText(`POST ${receiver.url}/…/x7Kq`);
  await expect(tested).toContainText("A test from Nestegg");
  for (const count of [2, 3]) {
    await tested.getByRole("button", { name: "Send again" }).click();
    await expect.poll(() => receiver.bodies.length).toBe(count);
  }
  await expect(answer).toHaveText("Slack answered 404: no_service.");
  await tested.getByRole("button", { name: "Close" }).click();
  await expect(row).toHaveAttribute("data-status", "dead");
  await expect(page.getByText("Alerts do not arrive at Slack #ops.")).toBeVisible();
  await page.goto("/");
  await expect(page.locator('[data-check="alerts"]')).toHaveAttribute("data-status", "fail");
  await expect(page.locator('[data-check="alerts"]')).toContainText("Slack answered 404: no_service");

  receiver.answer = { status: 200, body: "ok" };
  const html = await (await page.goto("/settings/notifications"))?.text();
  expect(html).not.toContain("T0Secret");
  await page.getByRole("button", { name: "Edit Slack #ops" }).click();
  const edit = page.getByRole("dialog", { name: "Edit Slack #ops" });
  await expect(edit.getByRole("textbox", { name: "New address" })).toHaveValue("");
  await expect(edit.getByRole("checkbox", { name: "Cost above the budget" })).not.toBeChecked();
  await edit.getByRole("textbox", { name: "Name" }).fill("Slack #night");
  await edit.getByRole("button", { name: "Save channel" }).click();
  await page.getByRole("button", { name: "Send test to Slack #night" }).click();
  const again = page.getByRole("dialog", { name: "Test of Slack #night" });
  await expect(again.getByRole("status", { name: "Answer" })).toHaveText(/^Slack answered 200 in \d+ ms\.$/);
  await page.keyboard.press("Escape");
  await expect(row).toHaveAttribute("data-status", "works");
  const log = page.getByRole("table", { name: "Delivery log" });
  await expect(log.getByRole("row")).toHaveCount(5);
  await expect(log.getByRole("row").nth(1)).toHaveAttribute("data-status", "sent");

  await page.getByRole("button", { name: "Remove Slack #night" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Remove Slack #night?" });
  await expect(dialog.getByRole("button", { name: "Keep channel" })).toBeFocused();
  await dialog.getByRole("button", { name: "Remove channel" }).click();
  await expect(page.getByText("Nobody is told yet")).toBeVisible();
});

test("what stands in an email form comes back without its password; others than admins see nothing of it", async ({
  adminPage: page,
  browser,
  server,
}) => {
  await page.goto("/settings/notifications");
  await page.getByRole("button", { name: "Add channel" }).first().click();
  const form = page.getByRole("dialog", { name: "Add a channel" });
  await form.getByRole("combobox", { name: "Kind" }).selectOption("email");
  for (const [name, value] of [
    ["Name", "Mail to Ann"],
    ["Mail server", "127.0.0.1"],
    ["Port", "1"],
    ["User name", "ops"],
    ["Password", "a very private password"],
    ["From", "eggs@example.com"],
    ["To", "ann@example.com\nbob@example.com"],
  ] as const) {
    await form.getByRole("textbox", { name, exact: true }).fill(value);
  }
  await form.getByRole("button", { name: "Add channel" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText("ann@example.com and 1 more by 127.0.0.1:1")).toBeVisible();
  await page.getByRole("button", { name: "Edit Mail to Ann" }).click();
  const edit = page.getByRole("dialog", { name: "Edit Mail to Ann" });
  await expect(edit.getByRole("textbox", { name: "New password" })).toHaveValue("");
  await expect(edit.getByRole("textbox", { name: "To", exact: true })).toHaveValue("ann@example.com\nbob@example.com");
  await edit.getByRole("textbox", { name: "Mail server" }).fill("evil.example");
  await edit.getByRole("button", { name: "Save channel" }).click();
  await expect(edit.getByRole("alert")).toContainText("Type the password again");
  await edit.getByRole("button", { name: "Cancel" }).click();
  const html = await (await page.goto("/settings/notifications"))?.text();
  expect(html).not.toContain("very private");

  const other = await browser.newPage();
  await enter(other, server, await addPerson(server, "operator@nestegg.test", "operator"));
  await other.goto(`${server.url}/settings/notifications`);
  await expect(other.getByText("Only admins can open this")).toBeVisible();
  await expect(other.getByText("Mail to Ann")).toBeHidden();
  await other.close();
});
