import { expect, test } from "vitest";
import type { RecordRows } from "./record-rows";
import { recordRowsSchema } from "./record-rows";
import { ada, openTestControl } from "./testing/test-control";
import type { Caller } from "./types";

const shell: Caller = { actor: { kind: "system", id: "system", name: "command line" }, address: null };
const SECRETS = ["r2-secret-key-of-the-bucket", "auth-secret-auth-secret-auth-secret"];
const PASSWORD = "a few unrelated words";

async function livedIn() {
  const opened = await openTestControl();
  const { control, clock } = opened;
  const admin = await control.people.ensureFirstAdmin({ email: "ada@example.com", password: PASSWORD });
  if (!admin) throw new Error("no admin");
  await control.people.users.create(ada, { email: "bo@example.com", role: "operator", password: PASSWORD });
  const cy = await control.people.users.create(ada, { email: "cy@example.com", role: "viewer", password: PASSWORD });
  await control.people.users.setDisabled(ada, { id: cy.id, disabled: true });
  const input = { name: "deploy", scopes: ["backups:create" as const], expiresInDays: null };
  const { secret } = await control.tokens.create(ada, input);
  await control.memory.set("settings:schedule", JSON.stringify({ preset: "daily", time: "03:00" }));
  await control.memory.set("settings:odd", JSON.stringify({ url: "x", smtpPassword: "planted-password", keep: 1 }));
  await control.memory.set("server-id", "abc");
  const { id } = await control.operations.open({ kind: "backup", title: "Backup", caller: ada, steps: ["Send"] });
  await control.operations.run(id, async () => {
    throw new Error(`403 for ${SECRETS[0]} at https://x.example.com/a?X-Amz-Signature=planted-signature&y=1`);
  });
  await control.operations.open({ kind: "verify", title: "Still running", caller: ada, steps: [] });
  const note = `${SECRETS[1]}, Bearer planted-bearer-token, https://u:planted-pw@h/, https://hooks.slack.com/services/planted`;
  await control.audit.record({ caller: ada, action: "x", target: `/invite/${"i".repeat(43)}`, detail: { note } });
  const read = () => control.records.read({ historySince: new Date(0), secrets: SECRETS });
  return { ...opened, admin, cy, secret, read, clock };
}

const bring = (rows: RecordRows, more: { people?: boolean; history?: boolean } = {}) => ({
  caller: shell,
  rows,
  from: "test",
  people: true,
  history: true,
  ...more,
});

test("no password, token, key, hash or secret of a setting, a run or the audit is in what leaves the machine", async () => {
  const { read, secret } = await livedIn();
  const rows = await read();
  const text = JSON.stringify(rows);
  for (const planted of [...SECRETS, secret, secret.slice(5), PASSWORD, "scrypt$", "planted", "iiiiiiii"]) {
    expect(text).not.toContain(planted);
  }
  expect(text).not.toMatch(/[0-9a-f]{64}/);
  expect(rows.settings).toEqual([
    { name: "settings:odd", value: '{"url":"x","keep":1}' },
    { name: "settings:schedule", value: '{"preset":"daily","time":"03:00"}' },
  ]);
  expect(rows.operations.map(({ title }) => title)).toEqual(["Backup"]);
  expect(recordRowsSchema.parse(JSON.parse(text))).toEqual(rows);
});

test("on an empty machine settings, people and history come back; nobody gets in before they have a new password", async () => {
  const { read, admin, cy } = await livedIn();
  const rows = await read();
  const { control, reopen } = await openTestControl();
  const done = await control.records.bringBack(bring(rows));
  expect(done).toMatchObject({ people: 3, tokens: 1, operations: 1, audit: rows.audit.length });
  expect(await control.memory.get("settings:schedule")).toContain("daily");
  expect(await control.memory.get("server-id")).toBeNull();
  const people = control.people;
  const signIn = (email: string, password: string) => people.signIn({ email, password, address: "1.2.3.4" });
  for (const email of ["ada@example.com", "bo@example.com", "cy@example.com"]) {
    expect(await signIn(email, PASSWORD)).toBeNull();
    expect(await signIn(email, "awaits-password")).toBeNull();
  }
  expect((await control.tokens.list()).map(({ name, state }) => [name, state])).toEqual([["deploy", "revoked"]]);

  // The first admin is made as usual, and the same email is the same person.
  expect(await people.needsSetup()).toBe(true);
  expect(await people.setupCode()).not.toBeNull();
  const first = await people.ensureFirstAdmin({ email: "ada@example.com", password: "another few words" });
  expect(first).toMatchObject({ id: admin.id, role: "admin", disabled: false });
  expect(await people.needsSetup()).toBe(false);
  const signedIn = await signIn("ada@example.com", "another few words");
  // With AUTH_SECRET from the environment, a cookie of the lost machine is still well signed.
  for (const sessionVersion of [1, 2, 3]) {
    expect(await people.session({ userId: admin.id, sessionVersion })).toBeNull();
  }
  expect(await people.session({ userId: admin.id, sessionVersion: signedIn?.sessionVersion ?? 0 })).not.toBeNull();

  const { list } = people;
  const bo = (await list()).people.find(({ email }) => email === "bo@example.com");
  await expect(people.setDisabled(ada, { id: bo?.id ?? "", disabled: false })).rejects.toMatchObject({
    code: "conflict",
  });
  const { link } = await people.invite(ada, { email: "bo@example.com", role: "viewer" });
  const code = link.split("/").at(-1) ?? "";
  await people.accept({ code, password: PASSWORD, name: "Bo", address: null });
  expect(await signIn("bo@example.com", PASSWORD)).toMatchObject({ id: bo?.id, role: "viewer" });

  // Whom an admin had disabled before stays out with a new password, too.
  const reset = await people.resetPassword("cy@example.com");
  expect(reset.user).toMatchObject({ id: cy.id, disabled: true });
  expect(await signIn("cy@example.com", reset.password)).toBeNull();
  await expect(people.invite(ada, { email: "bo@example.com", role: "viewer" })).rejects.toMatchObject({
    code: "conflict",
  });

  const again = await reopen();
  expect((await again.operations.list({ limit: 10 })).operations.map(({ state }) => state)).toEqual(["failed"]);
  const actions = (await again.audit.list({ limit: 50 })).map(({ action }) => action);
  expect(actions).toContain("records.bring-back");
  expect(actions).toContain("user.disable");
});

test("a reset gives a password and lets in whoever was not disabled", async () => {
  const { read } = await livedIn();
  const { control } = await openTestControl();
  await control.records.bringBack(bring(await read()));
  const { user, password } = await control.people.resetPassword("ada@example.com");
  expect(user.disabled).toBe(false);
  expect(await control.people.signIn({ email: user.email, password, address: null })).not.toBeNull();
});

test("where people are, nothing is brought but settings, and those only when asked for alone", async () => {
  const { read } = await livedIn();
  const rows = await read();
  const { control } = await openTestControl();
  await control.people.ensureFirstAdmin({ email: "new@example.com", password: PASSWORD });
  await control.memory.set("settings:schedule", '{"preset":"weekly"}');
  await expect(control.records.requireNobody()).rejects.toMatchObject({ code: "conflict" });
  await expect(control.records.bringBack(bring(rows))).rejects.toMatchObject({ code: "conflict" });
  expect(await control.memory.get("settings:schedule")).toBe('{"preset":"weekly"}');
  expect(await control.memory.get("settings:odd")).toBeNull();

  const done = await control.records.bringBack(bring(rows, { people: false, history: false }));
  expect(done.settings).toEqual([
    { name: "settings:odd", replaced: false },
    { name: "settings:schedule", replaced: true },
  ]);
  expect(await control.memory.get("settings:schedule")).toContain("daily");
  expect((await control.people.list()).people.map(({ email }) => email)).toEqual(["new@example.com"]);
});
