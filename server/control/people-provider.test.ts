import { expect, test } from "vitest";
import type { ExternalPerson } from "../nestegg";
import { ada, openTestControl } from "./testing/test-control";
import { codeOf, PASSWORD, withAdmin } from "./testing/with-admin";
import type { Caller } from "./types";

const FROM_PROVIDER: ExternalPerson = {
  issuer: "https://login.example.com",
  subject: "subject-1",
  email: "ada@example.com",
  name: "Ada of the provider",
  role: "operator",
  address: "10.0.0.7",
};

test("who comes from a provider is issuer and subject: the same email opens no local account, and none is taken away", async () => {
  const { people, admin } = await withAdmin();
  const answer = await people.signInExternal(FROM_PROVIDER);
  if (!answer.ok) throw new Error(answer.reason);
  expect(answer.user).toMatchObject({ email: "ada@example.com", role: "operator", external: true });
  expect(answer.user.id).not.toBe(admin.id);
  // By password only the local one comes in, whatever the other's row holds.
  expect(await people.signIn({ email: "ada@example.com", password: PASSWORD, address: null })).toMatchObject({
    id: admin.id,
  });
  const again = await people.signInExternal({ ...FROM_PROVIDER, email: "new@example.com" });
  expect(again).toMatchObject({ ok: true, user: { id: answer.user.id, email: "new@example.com" } });
  const elsewhere = await people.signInExternal({ ...FROM_PROVIDER, issuer: "https://other.example.com" });
  expect(elsewhere.ok && elsewhere.user.id).not.toBe(answer.user.id);
  await expect(people.resetPassword("new@example.com")).rejects.toMatchObject({ code: "not_found" });
  const caller: Caller = {
    actor: { kind: "user", id: answer.user.id, name: "Ada", role: "operator" },
    address: null,
  };
  await expect(people.changePassword(caller, { current: "", next: PASSWORD })).rejects.toMatchObject({
    code: "conflict",
  });
  await expect(people.setRole(ada, { id: answer.user.id, role: "admin" })).rejects.toMatchObject({ code: "conflict" });
});

test("the provider's role is taken at each sign-in; none, and a disabled account, are refused, audited, and end what was open", async () => {
  const { control, people, caller } = await withAdmin();
  const first = await people.signInExternal(FROM_PROVIDER);
  if (!first.ok) throw new Error(first.reason);
  const { id, sessionVersion } = first.user;
  expect(await people.signInExternal({ ...FROM_PROVIDER, role: "admin" })).toMatchObject({ user: { role: "admin" } });
  expect(await people.session({ userId: id, sessionVersion })).toMatchObject({ role: "admin" });
  expect(await people.signInExternal({ ...FROM_PROVIDER, role: null })).toEqual({ ok: false, reason: "no-role" });
  expect(await people.session({ userId: id, sessionVersion })).toBeNull();
  await people.setDisabled(caller, { id, disabled: true });
  expect(await people.signInExternal(FROM_PROVIDER)).toEqual({ ok: false, reason: "disabled" });
  const rows = (await control.audit.list({ limit: 20 })).map(
    ({ action, detail }) => `${action} ${detail.reason ?? ""}`,
  );
  expect(rows.slice(0, 3)).toEqual(["sign-in.refused disabled", "user.disable ", "sign-in.refused no-role"]);
});

test("the provider cannot take the last admin away, nor let anybody in before there is one", async () => {
  const { control } = await openTestControl({ oidcIssuer: FROM_PROVIDER.issuer });
  const { people } = control;
  expect(await people.signInExternal(FROM_PROVIDER)).toEqual({ ok: false, reason: "no-admin-yet" });
  expect(await people.needsSetup()).toBe(true);
  const local = await people.ensureFirstAdmin({ email: "first@example.com", password: PASSWORD });
  await people.signInExternal({ ...FROM_PROVIDER, role: "admin" });
  await people.setDisabled(ada, { id: local?.id ?? "", disabled: true });
  expect(await people.signInExternal(FROM_PROVIDER)).toEqual({ ok: false, reason: "last-admin" });
  await people.signInExternal({ ...FROM_PROVIDER, subject: "subject-2", role: "admin" });
  expect(await people.signInExternal(FROM_PROVIDER)).toMatchObject({ ok: true, user: { role: "operator" } });
});

test("an admin of the provider who is refused, or comes back with less, leaves no invitation behind", async () => {
  const { people } = await withAdmin();
  for (const role of [null, "viewer"] as const) {
    const answer = await people.signInExternal({ ...FROM_PROVIDER, role: "admin" });
    if (!answer.ok) throw new Error(answer.reason);
    const actor = { kind: "user", id: answer.user.id, name: "Ada", role: "admin" } as const;
    const { link } = await people.invite({ actor, address: null }, { email: "friend@example.com", role: "admin" });
    expect(await people.invitation({ code: codeOf(link) })).not.toBeNull();
    await people.signInExternal({ ...FROM_PROVIDER, role });
    expect(await people.invitation({ code: codeOf(link) })).toBeNull();
  }
});

test.each([null, "https://other.example.com"])(
  "with %s as provider its admins are none: the last who comes in stays",
  async (oidcIssuer) => {
    const { people, admin, caller } = await withAdmin({ oidcIssuer });
    // From the time when another provider was set.
    const answer = await people.signInExternal({ ...FROM_PROVIDER, role: "admin" });
    if (!answer.ok) throw new Error(answer.reason);
    const { id, sessionVersion } = answer.user;
    expect(await people.session({ userId: id, sessionVersion })).toBeNull();
    expect((await people.list()).people.find((one) => one.id === admin.id)).toMatchObject({ lastAdmin: true });
    await expect(people.setRole(caller, { id: admin.id, role: "viewer" })).rejects.toMatchObject({ code: "conflict" });
    await people.setDisabled(caller, { id, disabled: true });
  },
);
