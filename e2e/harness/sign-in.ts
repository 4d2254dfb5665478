import { expect, type Page } from "@playwright/test";
import { ADMIN } from "./environment";

/** Signs in through the page, as a person does, and ends on `path`. */
export async function signIn(
  page: Page,
  { path = "/", email = ADMIN.email, password = ADMIN.password } = {},
): Promise<void> {
  await page.goto(path === "/" ? "/signin" : `/signin?next=${encodeURIComponent(path)}`);
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation", { name: "Main", exact: true })).toBeVisible();
}
