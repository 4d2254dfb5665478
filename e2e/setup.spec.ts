import type { TestServer } from "./harness/server";
import { expect, test } from "./harness/test";

const OWNER = { email: "owner@nestegg.test", password: "a long first password" };

test.use({ serverOptions: { env: { ADMIN_EMAIL: "", ADMIN_PASSWORD: "" } } });

/** From the lines that the server printed where it was started. */
async function printedCode(server: TestServer): Promise<string> {
  const code = () => /enter this code, once: (\S+)/.exec(server.logs())?.[1] ?? "";
  await expect.poll(code).not.toBe("");
  return code();
}

test("a fresh server makes its first admin with the printed code, once, and says that there is no backup yet", async ({
  page,
  server,
}) => {
  const code = await printedCode(server);
  expect(server.logs()).toContain(`${server.url}/setup`);

  await page.goto("/");
  await expect(page).toHaveURL("/setup");
  const create = async (typed: string) => {
    await page.getByRole("textbox", { name: "One-time code" }).fill(typed);
    await page.getByRole("textbox", { name: "Email" }).fill(OWNER.email);
    await page.getByRole("textbox", { name: "Password" }).fill(OWNER.password);
    await page.getByRole("button", { name: "Create admin" }).click();
  };

  await test.step("a wrong code is refused, and makes nobody", async () => {
    await create("AAAAA-AAAAA-AAAAA");
    await expect(page.getByRole("alert").filter({ hasText: "no account was made" })).toBeVisible();
    expect((await server.api.request("/api/trpc/setup.needed")).body.result.data.json).toBe(true);
  });

  await test.step("the right one makes the admin, who is signed in", async () => {
    await create(code);
    await expect(page.getByRole("heading", { level: 1, name: "Where your backups go" })).toBeVisible();
    await expect(page.getByRole("list", { name: "Setup steps" }).getByRole("listitem").nth(1)).toHaveAttribute(
      "aria-current",
      "step",
    );
  });

  await test.step("the code is dead", async () => {
    const again = { code, email: "second@nestegg.test", password: OWNER.password };
    const { status } = await server.api.request("/api/trpc/setup.createAdmin", { json: { json: again }, token: null });
    expect(status).toBe(409);
    expect((await server.api.request("/setup", { token: null })).headers.get("location")).toBe("/signin");
  });

  await test.step("Overview says that nothing is backed up yet, and offers the button", async () => {
    await page.goto("/");
    const hero = page.getByRole("region", { name: "Protection status" });
    await expect(hero).toHaveAttribute("data-status", "unprotected");
    await expect(hero).toContainText("No backup yet");
    await expect(hero.getByRole("button", { name: "Backup now" })).toBeEnabled();
    await expect(page.getByRole("region", { name: "Recovery facts" })).toContainText("you lose it all");
    await expect(page.locator('[data-check="verified"]')).toHaveAttribute("data-status", "warn");
  });
});

test("the setup's steps end with a first backup, and a restart prints no code any more", async ({ page, server }) => {
  await page.goto("/setup");
  await page.getByRole("textbox", { name: "One-time code" }).fill(await printedCode(server));
  await page.getByRole("textbox", { name: "Email" }).fill(OWNER.email);
  await page.getByRole("textbox", { name: "Password" }).fill(OWNER.password);
  await page.getByRole("button", { name: "Create admin" }).click();

  await page.getByRole("button", { name: "Run storage check" }).click();
  const checks = page.getByRole("list", { name: "Storage checks" }).getByRole("listitem");
  await expect(checks.first()).toBeVisible();
  for (const check of await checks.all()) await expect(check).not.toHaveAttribute("data-status", "fail");
  await page.getByRole("link", { name: "Continue" }).click();

  await page.getByRole("button", { name: "Backup now" }).click();
  await page.getByRole("link", { name: "Open Overview" }).click();
  await expect(page.getByRole("region", { name: "Protection status" })).toHaveAttribute("data-status", /safe|at-risk/);

  const before = server.logs().length;
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  await server.restart();
  // The session outlives the restart: the key that signs it lies in the data folder.
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Protection status" })).toBeVisible();
  expect(server.logs().slice(before)).not.toContain("enter this code");
});
