import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Control } from "./open-control";
import { ada, openTestControl } from "./testing/test-control";

const PASSWORD = "correct horse battery";

async function withAdmin(options: Parameters<typeof openTestControl>[0] = {}) {
  const opened = await openTestControl(options);
  const admin = await opened.control.people.ensureFirstAdmin({ email: "Ada@Example.com", password: PASSWORD });
  if (!admin) throw new Error("no admin was made");
  return { ...opened, admin };
}

function signIn(control: Control, password = PASSWORD, { email = "ada@example.com", address = "10.0.0.7" } = {}) {
  return control.people.signIn({ email, password, address });
}

const actions = async (control: Control) => (await control.audit.list({ limit: 100 })).map(({ action }) => action);

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

test("sign-in answers with the person and the session, and notes when", async () => {
  const { control, admin, clock } = await withAdmin();
  await clock.advance(60_000);
  const user = await signIn(control, PASSWORD, { email: " ADA@example.com " });
  expect(user).toMatchObject({ id: admin.id, sessionVersion: 1, lastSignInAt: "2024-12-30T15:31:00.000Z" });
  const { sessionVersion: _, ...view } = user ?? { sessionVersion: 0 };
  expect(await control.people.session({ userId: admin.id, sessionVersion: 1 })).toEqual(view);
  expect(JSON.stringify(user)).not.toContain("scrypt");
  expect((await control.audit.list({ limit: 1 }))[0]).toMatchObject({
    action: "sign-in.ok",
    actor: "ada",
    actorKind: "user",
    address: "10.0.0.7",
  });
});

test("wrong password, unknown and disabled person give the same answer", async () => {
  const { control, admin } = await withAdmin();
  const bob = { email: "bob@example.com", role: "admin" as const, password: PASSWORD };
  const { id } = await control.people.users.create(ada, bob);
  await control.people.users.setDisabled(ada, { id: admin.id, disabled: true });
  expect(await signIn(control)).toBeNull();
  expect(await signIn(control, "wrong password", { email: "bob@example.com" })).toBeNull();
  expect(await signIn(control, PASSWORD, { email: "nobody@example.com" })).toBeNull();
  expect(await signIn(control, PASSWORD, { email: "bob@example.com" })).toMatchObject({ id });
  const failed = (await control.audit.list({ limit: 100 })).filter(({ action }) => action === "sign-in.failed");
  expect(failed.map(({ target }) => target)).toEqual([null, "bob@example.com", "ada@example.com"]);
});

test("a password typed into the email field is nowhere in the file", async () => {
  const { control, path } = await withAdmin();
  await signIn(control, "x", { email: "My-Secret-Passphrase" });
  await control.close();
  expect((await readFile(path, "latin1")).toLowerCase()).not.toContain("my-secret-passphrase");
});

test("five wrong passwords lock the email for 30 s, each further one twice as long, from wherever they come", async () => {
  const { control, clock } = await withAdmin();
  let address = 0;
  const attempt = (password: string) => signIn(control, password, { address: `10.1.0.${address++}` });
  for (let n = 0; n < 5; n++) expect(await attempt("wrong password")).toBeNull();
  for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
    await expect(attempt(PASSWORD)).rejects.toMatchObject({ code: "too_many_requests", retryAfterSeconds: seconds });
    await clock.advance(seconds * 1000 - 1);
    await expect(attempt(PASSWORD)).rejects.toMatchObject({ retryAfterSeconds: 1 });
    await clock.advance(1);
    expect(await attempt("wrong password")).toBeNull();
  }
  await clock.advance(900_000);
  expect(await attempt(PASSWORD)).not.toBeNull();
  expect(await attempt("wrong password")).toBeNull();
  expect(await attempt(PASSWORD)).not.toBeNull();
});

test("the lock outlives a restart, and is audited once, not once a try", async () => {
  const { control, reopen } = await withAdmin();
  for (let n = 0; n < 5; n++) await signIn(control, "wrong password");
  const next = await reopen();
  for (let n = 0; n < 3; n++) await expect(signIn(next)).rejects.toMatchObject({ code: "too_many_requests" });
  expect((await actions(next)).slice(0, 3)).toEqual(["sign-in.throttled", "sign-in.failed", "sign-in.failed"]);
});

test("a lock is the same for an email that nobody has", async () => {
  const { control } = await withAdmin();
  const attempt = () => signIn(control, "wrong password", { email: "nobody@example.com" });
  for (let n = 0; n < 5; n++) expect(await attempt()).toBeNull();
  await expect(attempt()).rejects.toMatchObject({ code: "too_many_requests", retryAfterSeconds: 30 });
});

test("an address that tries many emails is locked after twenty, and one right sign-in does not free it", async () => {
  const { control, clock } = await withAdmin();
  const attempt = (n: number, address = "10.0.0.66") =>
    signIn(control, "wrong password", { email: `guess${n}@example.com`, address });
  for (let n = 0; n < 10; n++) expect(await attempt(n)).toBeNull();
  expect(await signIn(control, PASSWORD, { address: "10.0.0.66" })).not.toBeNull();
  for (let n = 10; n < 20; n++) expect(await attempt(n)).toBeNull();
  await expect(attempt(20)).rejects.toMatchObject({ code: "too_many_requests" });
  await expect(signIn(control, PASSWORD, { address: "10.0.0.66" })).rejects.toMatchObject({ retryAfterSeconds: 30 });
  expect(await attempt(21, "10.0.0.67")).toBeNull();
  await clock.advance(30_000);
  expect(await signIn(control, PASSWORD, { address: "10.0.0.66" })).not.toBeNull();
});

test("a hundred tries at the same moment are not a hundred guesses", async () => {
  const { control } = await withAdmin();
  const tries = Array.from({ length: 100 }, () => signIn(control, "wrong password"));
  const results = await Promise.allSettled(tries);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
});

test("failures are forgotten after a day, and a clock that goes back locks nobody out", async () => {
  const { control, clock } = await withAdmin();
  for (let n = 0; n < 4; n++) await signIn(control, "wrong password");
  clock.set("2025-01-01T15:30:00.001Z");
  for (let n = 0; n < 4; n++) expect(await signIn(control, "wrong password")).toBeNull();
  await signIn(control, "wrong password");
  await expect(signIn(control)).rejects.toMatchObject({ code: "too_many_requests" });
  clock.set("2024-06-01T00:00:00.000Z");
  expect(await signIn(control)).not.toBeNull();
});

test("a disabled person is out at once, and stays out when enabled again until they sign in", async () => {
  const { control } = await withAdmin();
  const create = { email: "ops@example.com", role: "operator" as const, password: PASSWORD };
  const { id } = await control.people.users.create(ada, create);
  const session = await signIn(control, PASSWORD, { email: "ops@example.com" });
  const ask = () => control.people.session({ userId: id, sessionVersion: session?.sessionVersion ?? 0 });
  expect(await ask()).toMatchObject({ role: "operator" });
  expect(await control.people.users.setDisabled(ada, { id, disabled: true })).toMatchObject({ disabled: true });
  expect(await ask()).toBeNull();
  await control.people.users.setDisabled(ada, { id, disabled: false });
  expect(await ask()).toBeNull();
  expect(await signIn(control, PASSWORD, { email: "ops@example.com" })).toMatchObject({ id });
  expect(await control.people.session({ userId: "usr_gone", sessionVersion: 1 })).toBeNull();
});

test("the last admin that can sign in cannot be disabled, and an email is taken once", async () => {
  const { control, admin } = await withAdmin();
  const { users } = control.people;
  await expect(users.setDisabled(ada, { id: admin.id, disabled: true })).rejects.toMatchObject({
    code: "conflict",
    message: "Nestegg needs one admin.",
  });
  const bob = { email: "bob@example.com", role: "admin" as const, password: PASSWORD };
  await users.create(ada, bob);
  await expect(users.create(ada, { ...bob, email: "BOB@example.com" })).rejects.toMatchObject({ code: "conflict" });
  await users.setDisabled(ada, { id: admin.id, disabled: true });
  expect((await users.list()).map(({ email, disabled }) => [email, disabled])).toEqual([
    ["ada@example.com", true],
    ["bob@example.com", false],
  ]);
  expect(await actions(control)).toEqual(["user.disable", "user.create", "setup.admin-from-settings"]);
});

test("signing out everywhere ends every session of one person", async () => {
  const { control, admin } = await withAdmin();
  const session = await signIn(control);
  await control.people.signOutEverywhere(ada, admin.id);
  expect(await control.people.session({ userId: admin.id, sessionVersion: session?.sessionVersion ?? 0 })).toBeNull();
  expect((await signIn(control))?.sessionVersion).toBe(2);
  await expect(control.people.signOutEverywhere(ada, "usr_gone")).rejects.toMatchObject({ code: "not_found" });
});

test("a reset gives a new password, ends the sessions and lifts the lock", async () => {
  const { control, admin } = await withAdmin();
  const session = await signIn(control);
  for (let n = 0; n < 5; n++) await signIn(control, "wrong password");
  const { user, password } = await control.people.resetPassword("ADA@example.com");
  expect(user.id).toBe(admin.id);
  expect(password).toMatch(/^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$/);
  expect(await control.people.session({ userId: admin.id, sessionVersion: session?.sessionVersion ?? 0 })).toBeNull();
  expect(await signIn(control, password)).toMatchObject({ id: admin.id });
  expect(await signIn(control)).toBeNull();
  const row = (await control.audit.list({ limit: 100 })).find(({ action }) => action === "user.reset-password");
  expect(row).toMatchObject({ actor: "command line", actorKind: "system", target: "ada@example.com" });
  expect(JSON.stringify(await control.audit.list({ limit: 100 }))).not.toContain(password);
  await expect(control.people.resetPassword("nobody@example.com")).rejects.toMatchObject({ code: "not_found" });
});

test("a password hashed at a lower cost is hashed anew at the next sign-in", async () => {
  const { control, path } = await withAdmin({ passwordCost: { N: 32, r: 1, p: 1 } });
  const { createClient } = await import("@libsql/client");
  const client = createClient({ url: `file:${path}` });
  const { createPasswords } = await import("./password");
  const old = await createPasswords({ N: 16, r: 1, p: 1 }).hash(PASSWORD);
  await client.execute({ sql: "UPDATE users SET password_hash = ?", args: [old] });
  expect(await signIn(control)).not.toBeNull();
  const { rows } = await client.execute("SELECT password_hash FROM users");
  client.close();
  expect(String(rows[0]?.password_hash)).toContain("N=32,");
  expect(await signIn(control)).not.toBeNull();
});
