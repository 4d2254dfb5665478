import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ada, openTestControl } from "./testing/test-control";
import { SCOPES } from "./types";

const ENVIRONMENT_TOKEN = "an environment token of 40 characters ok";

test("a token's secret is shown once and never stored, logged or audited", async () => {
  const { control, path, logged } = await openTestControl();
  const { token, secret } = await control.tokens.create(ada, {
    name: " ci-deploy ",
    scopes: ["sql:read", "backups:create"],
    expiresInDays: 90,
  });
  expect(secret).toMatch(/^nest_[A-Za-z0-9_-]{43}$/);
  expect(token).toMatchObject({
    name: "ci-deploy",
    scopes: ["backups:create", "sql:read"],
    tail: secret.slice(-4),
    createdBy: "Ada",
    expiresAt: "2025-03-30T15:30:00.000Z",
    state: "active",
  });
  expect(await control.tokens.list()).toEqual([token]);
  const rows = await control.audit.list({ limit: 10 });
  expect(rows).toMatchObject([
    { action: "token.create", target: token.id, detail: { name: "ci-deploy", scopes: "backups:create sql:read" } },
  ]);
  await control.close();
  const kept = (await readFile(path, "latin1")) + logged.join("") + JSON.stringify(rows);
  expect(kept).toContain("ci-deploy");
  expect(kept).not.toContain(secret.slice(5));
});

test("a secret becomes its actor, and nothing else does", async () => {
  const { control } = await openTestControl({ adminApiToken: ENVIRONMENT_TOKEN });
  const { token, secret } = await control.tokens.create(ada, { name: "ci", scopes: ["sql:read"], expiresInDays: null });
  expect(await control.tokens.authenticate(secret, "10.0.3.7")).toEqual({
    kind: "token",
    id: token.id,
    name: "ci",
    scopes: ["sql:read"],
  });
  expect(await control.tokens.authenticate(ENVIRONMENT_TOKEN, null)).toEqual({
    kind: "environment",
    id: "environment",
    name: "environment token",
    scopes: [...SCOPES],
  });
  const flipped = secret.slice(0, -1) + (secret.endsWith("A") ? "B" : "A");
  for (const wrong of ["", "nest_", flipped, `${secret} `, ENVIRONMENT_TOKEN.slice(0, -1), "' OR 1=1 --"]) {
    expect(await control.tokens.authenticate(wrong, null), wrong).toBeNull();
  }
});

test("without an environment token an empty secret opens nothing", async () => {
  const { control } = await openTestControl();
  expect(await control.tokens.authenticate("", null)).toBeNull();
});

test("the last use is noted at most once a minute", async () => {
  const { control, clock } = await openTestControl();
  const { secret } = await control.tokens.create(ada, { name: "ci", scopes: ["sql:read"], expiresInDays: null });
  const lastUse = async () => {
    const [token] = await control.tokens.list();
    return [token?.lastUsedAt, token?.lastUsedFrom];
  };
  expect(await lastUse()).toEqual([null, null]);
  await control.tokens.authenticate(secret, "10.0.3.7");
  expect(await lastUse()).toEqual(["2024-12-30T15:30:00.000Z", "10.0.3.7"]);
  await clock.advance(59_000);
  await control.tokens.authenticate(secret, "10.0.3.8");
  expect(await lastUse()).toEqual(["2024-12-30T15:30:00.000Z", "10.0.3.7"]);
  await clock.advance(1_000);
  await control.tokens.authenticate(secret, "10.0.3.8");
  expect(await lastUse()).toEqual(["2024-12-30T15:31:00.000Z", "10.0.3.8"]);
});

test("a token expires by the clock: active, expiring in its last five days, expired and refused", async () => {
  const { control, clock } = await openTestControl();
  const { secret } = await control.tokens.create(ada, { name: "ci", scopes: ["sql:read"], expiresInDays: 30 });
  const state = async () => (await control.tokens.list())[0]?.state;
  clock.set("2025-01-24T15:30:00.000Z");
  expect(await state()).toBe("active");
  clock.set("2025-01-24T15:30:00.001Z");
  expect(await state()).toBe("expiring");
  expect(await control.tokens.authenticate(secret, null)).not.toBeNull();
  clock.set("2025-01-29T15:30:00.000Z");
  expect(await state()).toBe("expired");
  expect(await control.tokens.authenticate(secret, null)).toBeNull();
});

test("a revoked token is refused at once, stays in the list, and is revoked once", async () => {
  const { control } = await openTestControl();
  const { token, secret } = await control.tokens.create(ada, { name: "ci", scopes: ["sql:read"], expiresInDays: null });
  await control.tokens.revoke(ada, { id: token.id });
  await control.tokens.revoke(ada, { id: token.id });
  expect(await control.tokens.authenticate(secret, null)).toBeNull();
  expect((await control.tokens.list())[0]?.state).toBe("revoked");
  const actions = (await control.audit.list({ limit: 10 })).map(({ action }) => action);
  expect(actions).toEqual(["token.revoke", "token.create"]);
  await expect(control.tokens.revoke(ada, { id: "tok_none" })).rejects.toMatchObject({ code: "not_found" });
});

test("listeners hear that the list of tokens has changed", async () => {
  const { control } = await openTestControl();
  const events = control.operations.events(new AbortController().signal)[Symbol.asyncIterator]();
  const { token } = await control.tokens.create(ada, { name: "ci", scopes: ["sql:read"], expiresInDays: null });
  expect((await events.next()).value).toMatchObject({ type: "list", list: "tokens" });
  await control.tokens.revoke(ada, { id: token.id });
  expect((await events.next()).value).toMatchObject({ type: "list", list: "tokens" });
});

test.each([
  ["no name", { name: " ", scopes: ["sql:read" as const], expiresInDays: 1 }],
  ["no scope", { name: "ci", scopes: [], expiresInDays: 1 }],
  ["a scope that does not exist", { name: "ci", scopes: ["sql:read", "root"] as never, expiresInDays: 1 }],
  ["no life", { name: "ci", scopes: ["sql:read" as const], expiresInDays: 0 }],
  ["half a day", { name: "ci", scopes: ["sql:read" as const], expiresInDays: 0.5 }],
])("a token with %s is refused", async (_, input) => {
  const { control } = await openTestControl();
  await expect(control.tokens.create(ada, input)).rejects.toMatchObject({ code: "invalid_input" });
  expect(await control.tokens.list()).toEqual([]);
  expect(await control.audit.list({ limit: 1 })).toEqual([]);
});
