import { expect, type Page } from "@playwright/test";
import type { TestServer } from "../harness/server";

/** Signs in without the page, which sign-in's own tests go through: only its cookies are wanted here. */
export async function enter(page: Page, server: TestServer, account: { email: string; password: string }) {
  const { request } = page.context();
  const csrf = await request.get(`${server.url}/api/auth/csrf`);
  const { csrfToken } = await csrf.json();
  const answer = await request.post(`${server.url}/api/auth/callback/credentials`, {
    form: { email: account.email, password: account.password, csrfToken, callbackUrl: "/", json: "true" },
  });
  expect(answer.status(), await answer.text()).toBe(200);
}
