import { readFile } from "node:fs/promises";
import { type OpenIdProvider, startOpenIdProvider } from "../server/api/testing/openid-provider";
import { ADMIN } from "./harness/environment";
import { expect, test } from "./harness/test";
import { enter } from "./steps/enter";

const PASSWORD = "a password for the guest";

test("a person is invited, joins, gets another role and is shut out; the audit shows and exports it", async ({
  adminPage: page,
  server,
  browser,
}) => {
  await page.goto("/settings/people");
  const own = page.getByRole("row", { name: new RegExp(ADMIN.email) });
  await expect(own).toContainText("Nestegg needs one admin.");
  await expect(own.getByRole("button", { name: `Disable ${ADMIN.email}` })).toHaveAttribute("aria-disabled", "true");

  await page.getByRole("button", { name: "Invite" }).click();
  const form = page.getByRole("dialog", { name: "Invite a person" });
  await form.getByRole("textbox", { name: "Email" }).fill("guest@nestegg.test");
  await form.getByRole("button", { name: "Create invitation" }).click();
  const shown = page.getByRole("dialog", { name: "Invitation for guest@nestegg.test" });
  const link = await shown.getByRole("textbox", { name: "Invitation link" }).inputValue();
  expect(link).toMatch(new RegExp(`^${server.url}/invite/[\\w-]{43}$`));
  await shown.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByRole("list", { name: "Open invitations" })).toContainText("guest@nestegg.test");
  expect(await (await page.request.get("/settings/people")).text()).not.toContain(link.split("/").at(-1));

  const guest = await (await browser.newContext()).newPage();
  await guest.goto(link);
  await guest.getByRole("textbox", { name: "Your name" }).fill("Gus");
  await guest.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await guest.getByRole("button", { name: "Create account" }).click();
  await expect(guest.getByRole("button", { name: "Backup now" })).toHaveAttribute("aria-disabled", "true");
  await guest.goto(`${server.url}/settings/people`);
  await expect(guest.getByRole("table", { name: "People" })).toHaveCount(0);
  const changed = guest.getByRole("form", { name: "Change password" });
  await changed.getByLabel("Current password", { exact: true }).fill("not this one");
  await changed.getByLabel("New password", { exact: true }).fill(`${PASSWORD} 2`);
  await changed.getByRole("button", { name: "Change password" }).click();
  await expect(changed).toContainText("The current password is not right");
  await changed.getByLabel("Current password", { exact: true }).fill(PASSWORD);
  await guest.getByRole("link", { name: "Overview" }).click();
  const leave = guest.getByRole("alertdialog", { name: "Leave without saving the new password?" });
  await leave.getByRole("button", { name: "Stay" }).click();
  await changed.getByRole("button", { name: "Change password" }).click();
  await expect(changed).toContainText("Your password is changed.");
  await guest.reload();
  await expect(guest.getByRole("region", { name: "Your account" })).toContainText("guest@nestegg.test");
  await guest.goto(link);
  await expect(guest.getByText("This invitation is over")).toBeVisible();

  await page.reload();
  await page.getByRole("combobox", { name: "Role of guest@nestegg.test" }).selectOption("operator");
  await page.getByRole("alertdialog").getByRole("button", { name: "Change role" }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await guest.goto(server.url);
  await expect(guest.getByRole("button", { name: "Backup now" })).not.toHaveAttribute("aria-disabled", "true");

  await page.getByRole("button", { name: "Disable guest@nestegg.test" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Disable" }).click();
  await expect(page.locator('[data-person="guest@nestegg.test"]')).toHaveAttribute("data-status", "disabled");
  await guest.goto(`${server.url}/backups`);
  await expect(guest).toHaveURL(/\/signin/);

  await page.goto("/settings/audit");
  const table = page.getByRole("table", { name: "Audit" });
  await expect(table.locator("[data-action]").first()).toHaveAttribute("data-action", "user.disable");
  await page.getByRole("button", { name: /^Action/ }).click();
  await page.getByRole("option", { name: "User: role" }).click();
  await expect(table.locator("[data-action]")).toHaveCount(1);
  await expect(table).toContainText("from: viewer, to: operator");
  await page.reload();
  await expect(table.locator("[data-action]")).toHaveCount(1);
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const lines = (await readFile(await (await downloading).path(), "utf8")).split("\r\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain("user.role,guest@nestegg.test");
});

test.describe("sign-in by an OpenID provider", () => {
  let provider: OpenIdProvider;
  test.afterEach(() => provider.stop());

  test("the role is the provider's, at each sign-in; without one, and disabled, nobody gets in", async ({
    page,
    browser,
    server,
  }) => {
    const { url } = server;
    provider = await startOpenIdProvider({ redirectUri: `${url}/api/auth/callback/oidc` });
    await server.restart({
      env: {
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: provider.clientId,
        OIDC_CLIENT_SECRET: provider.clientSecret,
        OIDC_NAME: "Example ID",
        OIDC_ROLE_CLAIM: "groups",
        OIDC_OPERATOR_VALUES: "backup-team",
      },
    });
    const enterBy = async (login: string) => {
      await page.context().clearCookies();
      await page.goto(`${url}/signin?next=%2Fsettings%2Fpeople`);
      await page.getByRole("button", { name: "Sign in with Example ID" }).click();
      await page.getByLabel("Name").fill(login);
      await page.getByRole("button", { name: "Continue" }).click();
    };
    provider.people.set("bo", { email: "bo@nestegg.test", name: "Bo", groups: ["backup-team"] });
    await enterBy("bo");
    const account = page.getByRole("region", { name: "Your account" });
    await expect(account).toContainText("Operator, from your sign-in provider");
    await expect(account.getByRole("button", { name: "Change password" })).toHaveCount(0);

    provider.people.set("bo", { email: "bo@nestegg.test", name: "Bo", groups: ["backup-team", "admin"] });
    await enterBy("bo");
    await expect(account).toContainText("Admin, from your sign-in provider");

    const alert = page.getByRole("form", { name: "Sign in" }).getByRole("alert");
    provider.people.set("bo", { email: "bo@nestegg.test", name: "Bo", groups: ["others"] });
    await enterBy("bo");
    await expect(alert).toContainText("gives you no role here");

    provider.people.set("bo", { email: "bo@nestegg.test", name: "Bo", groups: ["backup-team"] });
    await enterBy("bo");
    await expect(account).toBeVisible();
    const admin = await (await browser.newContext()).newPage();
    await enter(admin, server, ADMIN);
    await admin.goto(`${url}/settings/people`);
    await admin.getByRole("button", { name: "Disable bo@nestegg.test" }).click();
    await admin.getByRole("alertdialog").getByRole("button", { name: "Disable" }).click();
    await expect(admin.locator('[data-person="bo@nestegg.test"]')).toHaveAttribute("data-status", "disabled");
    await page.goto(`${url}/backups`);
    await expect(page).toHaveURL(/\/signin/);
    await enterBy("bo");
    await expect(alert).toContainText("Your account here is disabled.");
    await admin.goto(`${url}/settings/audit`);
    await expect(admin.getByRole("table", { name: "Audit" })).toContainText("reason: disabled");
    // The password's way stands beside it.
    await page.context().clearCookies();
    await page.goto(`${url}/signin`);
    await page.getByRole("textbox", { name: "Email" }).fill(ADMIN.email);
    await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("navigation", { name: "Main", exact: true })).toBeVisible();
    expect(server.logs()).not.toContain(provider.clientSecret);
  });
});
