import { ADMIN } from "./harness/environment";
import { signIn } from "./harness/sign-in";
import { verifiedBackup } from "./steps/backups";
import { enter } from "./steps/enter";
import { addPerson, disablePerson } from "./steps/people";
import { seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

const SESSION_COOKIE = "nestegg.session";
const WRONG = "Email or password is not right.";
const PAGES = [
  "/",
  "/backups",
  "/activity",
  "/settings",
  "/settings/storage",
  "/settings/schedule",
  "/settings/retention",
  "/settings/doctor",
  "/settings/notifications",
  "/settings/cost",
  "/settings/people",
  "/settings/audit",
  "/settings/tokens",
  "/settings/appearance",
  "/setup?step=storage",
  "/setup?step=backup",
];

test("a wrong password and an unknown email get the same answer", async ({ page, server }) => {
  await page.goto("/signin");
  const answerTo = async (email: string) => {
    const answered = page.waitForResponse(/callback\/credentials/);
    await page.getByRole("textbox", { name: "Email" }).fill(email);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    const response = await answered;
    await expect(page.getByRole("alert").filter({ hasText: WRONG })).toHaveText(WRONG);
    return { status: response.status(), body: await response.text() };
  };
  expect(await answerTo("nobody@nestegg.test")).toEqual(await answerTo(ADMIN.email));
  await expect(page).toHaveURL("/signin");
  expect((await page.context().cookies(server.url)).map(({ name }) => name)).not.toContain(SESSION_COOKIE);
});

test("guessing is slowed down, also for an email that nobody has", async ({ page }) => {
  await page.goto("/signin");
  await page.getByRole("textbox", { name: "Email" }).fill("guessed@nestegg.test");
  const alert = page.getByRole("form", { name: "Sign in" }).getByRole("alert");
  for (let tries = 1; tries <= 6; tries += 1) {
    const answered = page.waitForResponse(/callback\/credentials/);
    await page.getByLabel("Password", { exact: true }).fill(`guess ${tries}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await answered;
    await expect(alert).toBeVisible();
  }
  await expect(alert).toHaveText("Too many tries. Wait 1 minute.");
});

for (const [next, end] of [
  ["/backups?type=manual", "/backups?type=manual"],
  ["https://evil.example/", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
] as const) {
  test(`sign-in returns from next=${next} to ${end}`, async ({ page, server }) => {
    await signIn(page, { path: next });
    await expect(page).toHaveURL(`${server.url}${end}`);
    const session = (await page.context().cookies()).find(({ name }) => name === SESSION_COOKIE);
    expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  });
}

test("sign out ends the session and leads to sign-in, which remembers where one wanted to go", async ({
  adminPage,
}) => {
  await adminPage.goto("/");
  await adminPage.getByRole("button", { name: "Account menu" }).click();
  await adminPage.getByRole("menu", { name: "Account" }).getByRole("menuitem", { name: "Sign out" }).click();
  await expect(adminPage.getByRole("form", { name: "Sign in" })).toBeVisible();
  await adminPage.goto("/backups?type=manual");
  await expect(adminPage).toHaveURL(/\/signin\?next=/);
  await expect(adminPage.getByRole("table")).toHaveCount(0);
});

test("a person who was disabled is out with the next click", async ({ page, server }) => {
  const person = await addPerson(server, "leaver@nestegg.test", "operator");
  await enter(page, server, person);
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Protection status" })).toBeVisible();
  await disablePerson(server, person.id);
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Backups" }).click();
  await expect(page.getByRole("form", { name: "Sign in" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Backups" })).toHaveCount(0);
  const answer = await page.request.post("/api/trpc/backups.create", {
    data: { json: {} },
    headers: { origin: server.url },
  });
  expect(answer.status()).toBe(401);
});

test("“sign out everywhere” ends every session of that person at once", async ({ page, server, browser }) => {
  const person = await addPerson(server, "roamer@nestegg.test", "operator");
  const other = await browser.newContext({ baseURL: server.url });
  const elsewhere = await other.newPage();
  await enter(elsewhere, server, person);
  await enter(page, server, person);
  await elsewhere.goto("/activity");
  await expect(elsewhere.getByRole("heading", { level: 1, name: "Activity" })).toBeVisible();
  const headers = { origin: server.url };
  expect(
    (await page.request.post("/api/trpc/session.signOutEverywhere", { data: { json: {} }, headers })).status(),
  ).toBe(200);
  await elsewhere
    .getByRole("navigation", { name: "Main", exact: true })
    .getByRole("link", { name: "Overview" })
    .click();
  await expect(elsewhere.getByRole("form", { name: "Sign in" })).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("form", { name: "Sign in" })).toBeVisible();
  await other.close();
});

test("a visitor gets sign-in instead of every page, and not one word of data", async ({ server }) => {
  await seed(server.api);
  const id = await verifiedBackup(server.api, { note: "before the tournament", tags: { release: "v3" } });
  const { body } = await server.api.request("/api/admin/operations");
  const run = body.operations[0].id;
  const secrets = ["hesocial", "tournament", "members", ADMIN.email, server.dataDir];
  for (const path of [...PAGES, `/backups/${id}`, `/activity/${run}`, "/backups/unknown.duckdb", "/nowhere"]) {
    const page = await fetch(`${server.url}${path}`);
    // What a link inside the app asks for, and what its hovering fetches.
    const payload = await fetch(`${server.url}${path}`, { headers: { rsc: "1" } });
    const prefetched = await fetch(`${server.url}${path}`, { headers: { rsc: "1", "next-router-prefetch": "1" } });
    for (const answer of [page, payload, prefetched]) {
      const text = await answer.text();
      // An address that somebody typed comes back as the place to return to.
      const leaked = secrets.filter((secret) => text.replaceAll(id, "").replaceAll(run, "").includes(secret));
      expect.soft(leaked, path).toEqual([]);
    }
    if (path === "/nowhere") expect.soft(page.status, path).toBe(404);
    else expect.soft(new URL(page.url).pathname, path).toBe("/signin");
  }
});

test("a visitor gets 401 from every door that has data", async ({ server }) => {
  const doors = [
    "/api/admin/backups",
    "/api/admin/operations",
    "/api/trpc/backups.list",
    "/api/trpc/status.get",
    "/api/trpc/database.tables",
    "/api/trpc/settings.facts",
    "/api/trpc/tokens.list",
  ];
  for (const door of doors) {
    const { status, body } = await server.api.request(door, { token: null });
    expect.soft(status, door).toBe(401);
    expect.soft(JSON.stringify(body), door).not.toContain("hesocial");
  }
  expect((await server.api.request("/api/sql", { token: null, json: { sql: "SELECT 1" } })).status).toBe(401);
});

test("another website cannot press buttons with the admin's cookie", async ({ adminPage, server }) => {
  const headers = { origin: "https://evil.example" };
  const before = (await server.api.request("/api/admin/operations")).body.operations.length;
  const byTrpc = await adminPage.request.post(`${server.url}/api/trpc/backups.create`, { data: { json: {} }, headers });
  const byRest = await adminPage.request.post(`${server.url}/api/admin/backup`, { headers });
  expect([byTrpc.status(), byRest.status()]).toEqual([403, 403]);
  expect((await server.api.request("/api/admin/operations")).body.operations.length).toBe(before);
});
