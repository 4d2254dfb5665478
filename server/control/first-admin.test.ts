import { expect, test } from "vitest";
import { openTestControl } from "./testing/test-control";
import { actions, PASSWORD, signIn } from "./testing/with-admin";

test("the settings make the first admin once and never change one", async () => {
  const { control, reopen } = await openTestControl();
  expect(await control.people.needsSetup()).toBe(true);
  const admin = await control.people.ensureFirstAdmin({ email: " Ada@Example.com", password: PASSWORD });
  expect(admin).toMatchObject({ email: "ada@example.com", name: "ada", role: "admin", disabled: false });
  expect(await control.people.needsSetup()).toBe(false);
  const next = await reopen();
  expect(await next.people.ensureFirstAdmin({ email: "ada@example.com", password: "another password" })).toBeNull();
  expect(await signIn(next, "another password")).toBeNull();
  expect(await signIn(next)).toMatchObject({ id: admin?.id });
  expect((await actions(next)).at(-1)).toBe("setup.admin-from-settings");
});

test("the setup code makes the first admin once, typed in any case and spacing", async () => {
  const { control, clock } = await openTestControl();
  const code = await control.people.setupCode();
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){2}$/);
  expect(await control.people.setupCode()).toBe(code);
  const typed = (code ?? "").toLowerCase().replaceAll("-", " ").replaceAll("0", "o");
  const input = { code: typed, email: "ada@example.com", password: PASSWORD, address: "10.0.0.7" };
  const [first, second] = await Promise.allSettled([
    control.people.createFirstAdmin(input),
    control.people.createFirstAdmin({ ...input, email: "eve@example.com" }),
  ]);
  const made = [first, second].filter(({ status }) => status === "fulfilled");
  expect(made).toHaveLength(1);
  expect(await control.people.setupCode()).toBeNull();
  await clock.advance(1_000);
  await expect(control.people.createFirstAdmin(input)).rejects.toMatchObject({ code: "conflict" });
  expect(await control.people.users.list()).toHaveLength(1);
  expect(await actions(control)).toEqual(["setup.create-admin"]);
});

test("each start has its own setup code", async () => {
  const { control, reopen } = await openTestControl();
  const code = await control.people.setupCode();
  expect(await (await reopen()).people.setupCode()).not.toBe(code);
});

test("wrong setup codes make nobody, are audited and throttled by address", async () => {
  const { control, clock } = await openTestControl();
  const code = (await control.people.setupCode()) ?? "";
  const attempt = (typed: string, address = "10.0.0.9") =>
    control.people.createFirstAdmin({ code: typed, email: "eve@example.com", password: PASSWORD, address });
  for (let n = 0; n < 5; n++) await expect(attempt("AAAAA-AAAAA-AAAAA")).rejects.toMatchObject({ code: "forbidden" });
  await expect(attempt(code)).rejects.toMatchObject({ code: "too_many_requests", retryAfterSeconds: 30 });
  await expect(attempt(code)).rejects.toMatchObject({ code: "too_many_requests" });
  expect(await control.people.needsSetup()).toBe(true);
  expect(await actions(control)).toEqual(["setup.throttled", ...Array(5).fill("setup.wrong-code")]);
  await clock.advance(30_000);
  expect(await attempt(code)).toMatchObject({ role: "admin" });
});

test("a typing mistake in email or password does not use up the setup code", async () => {
  const { control } = await openTestControl();
  const code = (await control.people.setupCode()) ?? "";
  const attempt = (email: string, password: string) =>
    control.people.createFirstAdmin({ code, email, password, address: null });
  await expect(attempt("ada@example", PASSWORD)).rejects.toMatchObject({ code: "invalid_input" });
  await expect(attempt("ada@example.com", "short")).rejects.toMatchObject({ code: "invalid_input" });
  expect(await attempt("ada@example.com", PASSWORD)).toMatchObject({ email: "ada@example.com" });
});
