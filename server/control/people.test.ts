import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ada } from "./testing/test-control";
import { actions, PASSWORD, signIn, withAdmin } from "./testing/with-admin";

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
