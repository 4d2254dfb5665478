import { expect, test } from "./harness/test";

test("a server of its own starts, keeps its data over a stop, and ends with 0", async ({ server }) => {
  await server.api.transaction(["CREATE TABLE guests (name VARCHAR)", "INSERT INTO guests VALUES ('Mei-Ling')"]);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  await server.restart();
  expect(await server.api.sql("SELECT name FROM guests")).toEqual([["Mei-Ling"]]);
});

test("committed data outlives a killed machine", async ({ server }) => {
  await server.api.sql("CREATE TABLE guests (name VARCHAR)");
  await server.api.sql("INSERT INTO guests VALUES (?)", ["Chih-Hao"]);
  await server.kill();
  await server.restart();
  expect(await server.api.sql("SELECT name FROM guests")).toEqual([["Chih-Hao"]]);
});

test("the admin signs in, and no page breaks the content security policy", async ({ adminPage, server }) => {
  for (const path of ["/backups", "/activity", "/settings/storage", "/"]) {
    await adminPage.goto(path);
    await expect(adminPage.getByRole("heading", { level: 1 })).toBeVisible();
  }
  expect(new URL(adminPage.url()).origin).toBe(server.url);
});

test.describe("on the R2 simulator", () => {
  test.use({ storage: "r2" });

  test("a backup is stored and listed", async ({ server }) => {
    await server.api.sql("CREATE TABLE guests AS SELECT range AS id FROM range(1000)");
    const id = await server.api.backup({ note: "first" });
    const { body } = await server.api.request("/api/admin/backups");
    expect(body.backups.map((backup: { id: string }) => backup.id)).toEqual([id]);
  });
});
