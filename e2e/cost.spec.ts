import { expect, test } from "./steps/test";

test.use({ storage: "r2" });

test("an admin sees what the month costs, changes a price and the budget, and is warned when it is exceeded", async ({
  adminPage: page,
  server,
}) => {
  expect((await server.api.request("/api/admin/backup", { method: "POST" })).status).toBe(200);
  await page.goto("/settings/cost");
  const month = page.getByRole("table", { name: "Cost of this month" });
  await expect(month.getByRole("row", { name: /Storage/ })).toContainText("$0.00");
  await expect(month.getByRole("row", { name: /class A/ })).toContainText(/[1-9]/);
  await expect(page.getByText("This bucket is not R2’s")).toBeVisible();

  const form = page.getByRole("form", { name: "Prices and budget" });
  await form.getByRole("textbox", { name: "Dollars a million class A" }).fill("lots");
  await form.getByRole("button", { name: "Save prices and budget" }).click();
  await expect(form.getByRole("textbox", { name: "Dollars a million class A" })).toBeFocused();
  await form.getByRole("textbox", { name: "Dollars a million class A" }).fill("100000");
  await form.getByRole("textbox", { name: "Free class A requests" }).fill("0");
  await form.getByRole("textbox", { name: /Budget/ }).fill("0.01");

  await page.getByRole("link", { name: "Storage", exact: true }).click();
  const leave = page.getByRole("alertdialog", { name: "Leave without saving the prices?" });
  await leave.getByRole("button", { name: "Stay" }).click();
  await form.getByRole("button", { name: "Save prices and budget" }).click();
  await expect(form.getByRole("status")).toHaveText("Saved.");
  await expect(page.getByText(/^This month will cost/)).toBeVisible();

  await page.reload();
  await expect(form.getByRole("textbox", { name: /Budget/ })).toHaveValue("0.01");
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Safety checks" })).toContainText("Over the budget");

  const { body } = await server.api.request("/api/admin/openapi.json");
  expect(Object.keys(body.paths)).toContain("/api/metrics");
});
