import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ada, openTestControl } from "./testing/test-control";
import { actions, codeOf, PASSWORD, withAdmin } from "./testing/with-admin";
import type { Caller } from "./types";

const DAY_MS = 24 * 60 * 60 * 1000;
const BO = { email: "bo@example.com", role: "operator" } as const;

test("an invitation makes one account, once, with the role it was given, and only a hash of its code is kept", async () => {
  const { control, people, caller, path } = await withAdmin();
  const { invitation, link } = await people.invite(caller, { ...BO, email: " Bo@Example.com" });
  expect(link).toMatch(/^https:\/\/backups\.example\.com\/invite\/[\w-]{43}$/);
  const code = codeOf(link);
  expect(await people.invitation({ code })).toEqual({ ...BO, expiresAt: invitation.expiresAt });
  const input = { code, password: PASSWORD, name: "Bo", address: "10.0.0.9" };
  const [first, second] = await Promise.allSettled([people.accept(input), people.accept(input)]);
  expect([first.status, second.status].sort()).toEqual(["fulfilled", "rejected"]);
  expect(await people.invitation({ code })).toBeNull();
  await expect(people.accept(input)).rejects.toMatchObject({ code: "not_found" });
  expect(await people.signIn({ email: BO.email, password: PASSWORD, address: null })).toMatchObject({
    role: "operator",
  });
  expect((await people.list()).invitations).toEqual([]);
  const [accepted] = (await control.audit.list({ limit: 10 })).filter(({ action }) => action === "invitation.accept");
  expect(accepted).toMatchObject({ actor: "Bo", target: BO.email, detail: { role: "operator", invitedBy: "Ada" } });
  await control.close();
  expect(await readFile(path, "latin1")).not.toContain(code);
});

test("an invitation is over after 7 days, when withdrawn, and when a newer one was sent to the same email", async () => {
  const { people, caller, clock } = await withAdmin();
  const opens = async (link: string) => (await people.invitation({ code: codeOf(link) })) !== null;
  const first = await people.invite(caller, BO);
  const second = await people.invite(caller, BO);
  expect([await opens(first.link), await opens(second.link)]).toEqual([false, true]);
  await clock.advance(7 * DAY_MS - 1);
  expect(await opens(second.link)).toBe(true);
  await clock.advance(1);
  expect(await opens(second.link)).toBe(false);
  const late = { code: codeOf(second.link), password: PASSWORD, name: "", address: null };
  await expect(people.accept(late)).rejects.toMatchObject({ code: "not_found" });
  const third = await people.invite(caller, BO);
  await people.withdraw(caller, { id: third.invitation.id });
  expect(await opens(third.link)).toBe(false);
  await expect(people.withdraw(caller, { id: third.invitation.id })).rejects.toMatchObject({ code: "not_found" });
  await expect(people.invite(caller, { email: "ADA@example.com", role: "viewer" })).rejects.toMatchObject({
    code: "conflict",
  });
  await expect(people.invite(caller, { email: "nobody", role: "viewer" })).rejects.toMatchObject({
    code: "invalid_input",
  });
});

test("who is disabled or no longer an admin leaves no invitation behind", async () => {
  const { people, caller } = await withAdmin();
  for (const step of ["role", "disabled"] as const) {
    const email = `${step}@example.com`;
    const other = await people.users.create(caller, { email, role: "admin", password: PASSWORD });
    const actor = { kind: "user", id: other.id, name: other.name, role: "admin" } as const;
    const { link } = await people.invite({ actor, address: null }, { email: `friend-of-${email}`, role: "admin" });
    if (step === "role") await people.setRole(caller, { id: other.id, role: "viewer" });
    else await people.setDisabled(caller, { id: other.id, disabled: true });
    expect(await people.invitation({ code: codeOf(link) })).toBeNull();
  }
});

test("a role counts with the next request; the last admin keeps theirs", async () => {
  const { control, people, admin, caller } = await withAdmin();
  const bo = await people.users.create(caller, { ...BO, password: PASSWORD });
  const session = await people.signIn({ email: BO.email, password: PASSWORD, address: null });
  await people.setRole(caller, { id: bo.id, role: "viewer" });
  const claim = { userId: bo.id, sessionVersion: session?.sessionVersion ?? 0 };
  expect(await people.session(claim)).toMatchObject({ role: "viewer" });
  const refused = { code: "conflict", message: "Nestegg needs one admin." };
  await expect(people.setRole(caller, { id: admin.id, role: "viewer" })).rejects.toMatchObject(refused);
  expect((await people.list()).people.map(({ email, lastAdmin }) => [email, lastAdmin])).toEqual([
    ["ada@example.com", true],
    ["bo@example.com", false],
  ]);
  expect((await control.audit.list({ limit: 1 }))[0]).toMatchObject({
    action: "user.role",
    target: BO.email,
    detail: { from: "operator", to: "viewer" },
  });
});

test("two admins who step down at the same time leave one", async () => {
  for (const way of ["roles", "disabled", "both"] as const) {
    const { people, admin, caller } = await withAdmin();
    const bo = await people.users.create(caller, { email: BO.email, role: "admin", password: PASSWORD });
    const step = (id: string, disable: boolean) =>
      disable ? people.setDisabled(caller, { id, disabled: true }) : people.setRole(caller, { id, role: "viewer" });
    const done = await Promise.allSettled([step(admin.id, way === "disabled"), step(bo.id, way !== "roles")]);
    expect(done.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const left = (await people.list()).people.filter(({ role, disabled }) => role === "admin" && !disabled);
    expect(left).toMatchObject([{ lastAdmin: true }]);
  }
});

test("a new password ends every session and is counted with the tries of sign-in", async () => {
  const { control, people, admin, caller } = await withAdmin();
  const session = await people.signIn({ email: admin.email, password: PASSWORD, address: "10.0.0.7" });
  const next = "another long password";
  const changed = await people.changePassword(caller, { current: PASSWORD, next });
  const ask = (sessionVersion: number) => people.session({ userId: admin.id, sessionVersion });
  expect(await ask(session?.sessionVersion ?? 0)).toBeNull();
  expect(await ask(changed.sessionVersion)).toMatchObject({ id: admin.id });
  expect(await people.signIn({ email: admin.email, password: PASSWORD, address: null })).toBeNull();
  await expect(people.changePassword(caller, { current: next, next: "short" })).rejects.toMatchObject({
    code: "invalid_input",
  });
  for (let tries = 0; tries < 4; tries++) {
    await expect(people.changePassword(caller, { current: "wrong", next: PASSWORD })).rejects.toMatchObject({
      code: "forbidden",
    });
  }
  await expect(people.changePassword(caller, { current: next, next: PASSWORD })).rejects.toMatchObject({
    code: "too_many_requests",
  });
  await expect(people.signIn({ email: admin.email, password: next, address: null })).rejects.toMatchObject({
    code: "too_many_requests",
  });
  expect(await ask(changed.sessionVersion)).not.toBeNull();
  const seen = await actions(control);
  expect(seen).toEqual(expect.arrayContaining(["user.change-password", "password.wrong", "password.throttled"]));
});

test("a session that was signed out stays out, also after a restart; another one of the same person goes on", async () => {
  const { people, admin, clock, reopen } = await withAdmin();
  const claim = { userId: admin.id, sessionVersion: 1 };
  const until = new Date(clock.now().getTime() + DAY_MS);
  await people.endSession({ sessionId: "a", until });
  expect(await people.session({ ...claim, sessionId: "a" })).toBeNull();
  expect(await people.session({ ...claim, sessionId: "b" })).not.toBeNull();
  expect(await (await reopen()).people.session({ ...claim, sessionId: "a" })).toBeNull();
});

test("a new password and signing out everywhere end the invitations that a stolen session may have sent", async () => {
  const { people, admin, caller } = await withAdmin();
  for (const end of [
    () => people.signOutEverywhere(caller, admin.id),
    () => people.changePassword(caller, { current: PASSWORD, next: "another long password" }),
  ]) {
    const { link } = await people.invite(caller, BO);
    await end();
    expect(await people.invitation({ code: codeOf(link) })).toBeNull();
  }
});

test("the audit is filtered by person, action or group of them, target and time, and tells what there is", async () => {
  const { control, clock } = await openTestControl();
  const named = (name: string): Caller => ({
    actor: { kind: "user", id: "usr_bo", name, role: "admin" },
    address: null,
  });
  const bo = named("Bo");
  const record = (caller: Caller, action: string, target: string | null) =>
    control.audit.record({ caller, action, target });
  await record(ada, "user.role", "bo@example.com");
  await clock.advance(DAY_MS);
  await record(bo, "user.disable", "50%_off@example.com");
  await record(named("Bo the Second"), "token.create", "tok_1");
  const found = async (filter: object) =>
    (await control.audit.list({ limit: 10, ...filter })).map(({ action }) => action);
  expect(await found({ actorId: "usr_bo" })).toEqual(["token.create", "user.disable"]);
  expect(await found({ action: "user." })).toEqual(["user.disable", "user.role"]);
  expect(await found({ action: "user.role" })).toEqual(["user.role"]);
  expect(await found({ action: "user" })).toEqual([]);
  expect(await found({ target: "EXAMPLE.com" })).toEqual(["user.disable", "user.role"]);
  expect(await found({ target: "%_" })).toEqual(["user.disable"]);
  expect(await found({ to: "2024-12-30T23:59:59.999Z" })).toEqual(["user.role"]);
  expect(await found({ from: "2024-12-31T00:00:00.000Z", actorId: "usr_ada" })).toEqual([]);
  expect(await control.audit.choices()).toEqual({
    actors: [
      { id: "usr_ada", name: "Ada", kind: "user" },
      { id: "usr_bo", name: "Bo the Second", kind: "user" },
    ],
    actions: ["token.create", "user.disable", "user.role"],
  });
});
