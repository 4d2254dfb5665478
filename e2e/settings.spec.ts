import { listBackups } from "./steps/backups";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

for (const storage of ["local", "r2"] as const) {
  test.describe(`on ${storage}`, () => {
    test.use({ storage });

    test(`the storage check tries ${storage} from end to end, and passes`, async ({ adminPage: page, server }) => {
      await page.goto("/settings/storage");
      await page.getByRole("button", { name: "Run storage check" }).click();
      await expect(page.getByRole("status", { name: "Storage check result" })).toHaveText("The storage check passed");
      const checks = page.getByRole("list", { name: "Storage checks" }).getByRole("listitem");
      expect(await checks.count()).toBeGreaterThanOrEqual(5);
      for (const check of await checks.all()) await expect(check).toHaveAttribute("data-status", /^(?:pass|skipped)$/);
      await page.reload();
      await expect(page.locator('[data-check="write"]')).toHaveAttribute("data-status", "pass");
      // What it wrote to try, it removed.
      expect(await listBackups(server.api)).toEqual([]);
    });

    test(`the page says where backups go on ${storage}, and never a key`, async ({ adminPage: page, simulator }) => {
      const answer = await page.goto("/settings/storage");
      await expect(page.getByText(simulator ? "R2_BUCKET_NAME" : "DATA_DIR", { exact: true })).toBeVisible();
      const html = (await answer?.text()) ?? "";
      if (simulator) {
        await expect(page.getByText(simulator.settings.bucket).first()).toBeVisible();
        for (const secret of [simulator.settings.secretAccessKey, simulator.settings.accessKeyId]) {
          expect(html).not.toContain(secret);
        }
      } else {
        await expect(page.getByText("Backups are on this machine only.")).toBeVisible();
      }
    });
  });
}

test.describe("API tokens", () => {
  test.use({ storage: "local" });

  test("a token is shown once, works in a script within its rights, and is dead when revoked", async ({
    adminPage: page,
    server,
  }) => {
    await page.goto("/settings/tokens");
    await page.getByRole("button", { name: "New token" }).click();
    const form = page.getByRole("dialog", { name: "New token" });
    await form.getByRole("button", { name: "Create token" }).click();
    await expect(form.getByRole("textbox", { name: "Name" })).toBeFocused();
    await form.getByRole("textbox", { name: "Name" }).fill("ci-deploy");
    await expect(form.getByRole("checkbox", { name: /backups:create/ })).toBeChecked();
    await form.getByRole("button", { name: "Create token" }).click();

    const shown = page.getByRole("dialog", { name: "Token ci-deploy created" });
    const secret = await shown.getByRole("textbox", { name: "Your new token" }).inputValue();
    expect(secret.length).toBeGreaterThanOrEqual(40);
    await expect(shown).toContainText(`-X POST ${server.url}/api/admin/backup`);
    // Esc by habit must not lose what is shown once.
    await page.keyboard.press("Escape");
    await expect(shown).toBeVisible();
    await shown.getByRole("button", { name: "I have copied it" }).click();

    const row = page.getByRole("table", { name: "API tokens" }).getByRole("row", { name: /ci-deploy/ });
    await expect(row).toHaveAttribute("data-status", "active");
    await expect(row).toContainText(`…${secret.slice(-4)}`);
    const again = await page.goto("/settings/tokens");
    expect(await again?.text()).not.toContain(secret);

    const backup = () => server.api.request("/api/admin/backup", { method: "POST", token: secret });
    const taken = await backup();
    expect(taken.status).toBe(200);
    expect(taken.body).toMatchObject({ success: true, tags: { type: "manual" } });
    const beyond = await server.api.request("/api/sql", { token: secret, json: { sql: "SELECT 1" } });
    expect([beyond.status, beyond.body.error.code]).toEqual([403, "forbidden"]);
    await page.reload();
    await expect(row).not.toContainText("never used");

    await page.getByRole("button", { name: "Revoke ci-deploy" }).click();
    const dialog = page.getByRole("alertdialog", { name: "Revoke ci-deploy?" });
    await expect(dialog.getByRole("button", { name: "Keep token" })).toBeFocused();
    await dialog.getByRole("button", { name: "Revoke token" }).click();
    await expect(row).toHaveAttribute("data-status", "revoked");
    const refused = await backup();
    expect([refused.status, refused.body.success]).toEqual([401, false]);
  });
});

test.describe("appearance", () => {
  test.use({ storage: "local" });

  test("the chosen theme is in the first byte after a reload, so nothing flashes", async ({
    adminPage: page,
    server,
  }) => {
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto("/settings/appearance");
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.getByRole("radiogroup", { name: "Theme" }).getByRole("radio", { name: "Dark" }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);

    const html = await (await page.request.get(`${server.url}/settings/appearance`)).text();
    expect(html).toMatch(/^<!DOCTYPE html><html[^>]* data-theme="dark"/);
    // What the first frame shows, seen before any script of the page has run.
    await page.addInitScript(() => {
      document.addEventListener("DOMContentLoaded", () => {
        Reflect.set(window, "firstGround", getComputedStyle(document.documentElement).backgroundColor);
      });
    });
    await page.reload();
    expect(await page.evaluate(() => Reflect.get(window, "firstGround"))).toBe(dark);
    await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
    await page.goto("/");
    expect(await ground()).toBe(dark);
    await expect(page.getByRole("button", { name: "Switch to light theme" })).toBeVisible();
  });

  test("density and single-letter keys are remembered in this browser", async ({ adminPage: page }) => {
    await page.goto("/settings/appearance");
    await page.getByRole("radio", { name: "Compact" }).click();
    await page.getByRole("checkbox", { name: /Single-letter shortcuts/ }).uncheck();
    await page.reload();
    await expect(page.getByRole("radio", { name: "Compact" })).toBeChecked();
    await expect(page.getByRole("checkbox", { name: /Single-letter shortcuts/ })).not.toBeChecked();
    await page.goto("/backups");
    await page.keyboard.press("/");
    await expect(page.getByRole("searchbox", { name: "Search backups" })).not.toBeFocused();
  });
});

test.describe("on a phone", () => {
  test.use({ storage: "local", viewport: { width: 390, height: 844 } });

  test("a settings page begins with its content; one control names the section and opens the others", async ({
    adminPage: page,
  }) => {
    await page.goto("/settings/schedule");
    const sections = page.getByRole("navigation", { name: "Settings" });
    const folded = sections.locator("summary");
    expect((await sections.locator("xpath=following-sibling::div").boundingBox())?.y).toBeLessThan(300);
    expect((await folded.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await expect(folded).toHaveText("Section: Schedule");

    // By keys alone, and the hand stays where it was.
    await folded.focus();
    await page.keyboard.press("Enter");
    const links = sections.getByRole("link");
    await expect(links).toHaveCount(10);
    expect((await links.first().boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await page.keyboard.press("Escape");
    await expect(links).toHaveCount(0);
    await expect(folded).toBeFocused();
    await page.keyboard.press("Enter");
    await links.filter({ hasText: "Cost" }).press("Enter");
    await expect(page).toHaveURL(/\/settings\/cost$/);
    await expect(folded).toHaveText("Section: Cost");
    await expect(folded).toBeFocused();
    await expect(links).toHaveCount(0);
  });
});
