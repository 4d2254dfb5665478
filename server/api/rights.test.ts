import { describe, expect, test } from "vitest";
import { ROLES, type Role, SCOPES, type Scope } from "../control/types";
import { createContext } from "./context";
import { restRoutes } from "./rest/routes";
import { INNER_RIGHTS, RIGHTS } from "./rights";
import { appRouter, createCaller } from "./root";
import { FAKE_CHANNEL } from "./testing/fake-alerts";
import { FAKE_COST } from "./testing/fake-cost";
import { createFakeNestegg, type FakeNestegg } from "./testing/fake-nestegg";
import { fakeUploadView } from "./testing/fake-uploads";
import { FAKE_ID, FAKE_KEPT_NAME, fakeBackup, fakeKept, fakeOperation } from "./testing/fake-views";
import { serveApi, sessionCookie } from "./testing/serve-api";

const procedures = Object.keys(appRouter._def.procedures);
const routes = restRoutes.map(({ method, path }) => `${method} ${path}`);

test("every procedure and every route stands in the rights table, and nothing else does", () => {
  expect(Object.keys(RIGHTS).sort()).toEqual([...procedures, ...routes, ...INNER_RIGHTS].sort());
});

const SCHEDULE = {
  enabled: true,
  preset: "daily",
  cron: "0 3 * * *",
  time: "03:00",
  weekday: 0,
  timeZone: "UTC",
  jitterMinutes: 0,
  onlyIfChanged: false,
};

const RETENTION = { all: { keep: "days", days: 30 }, types: {}, timeZone: "UTC" };

/** Written out a second time on purpose: least role, then the scopes of which any suffices. */
const PROCEDURES: Record<string, { role: Role | "nobody" | "everybody"; scopes?: Scope[]; input?: unknown }> = {
  "audit.choices": { role: "admin" },
  "alerts.channels": { role: "admin" },
  "alerts.add": { role: "admin", input: FAKE_CHANNEL },
  "alerts.change": { role: "admin", input: { ...FAKE_CHANNEL, id: "chn_1" } },
  "alerts.remove": { role: "admin", input: { id: "chn_1" } },
  "alerts.test": { role: "admin", input: { id: "chn_1" } },
  "alerts.deliveries": { role: "admin" },
  "audit.list": { role: "admin" },
  "backups.adopt": { role: "admin", scopes: ["backups:create"], input: { id: FAKE_ID } },
  "backups.create": { role: "operator", scopes: ["backups:create"] },
  "backups.downloadUrl": { role: "operator", scopes: ["backups:download"], input: { id: FAKE_ID } },
  "backups.get": { role: "viewer", scopes: ["backups:read"], input: { id: FAKE_ID } },
  "backups.list": { role: "viewer", scopes: ["backups:read"] },
  "backups.lock": { role: "operator", scopes: ["backups:tag"], input: { id: FAKE_ID, locked: true } },
  "backups.remove": { role: "admin", scopes: ["backups:delete"], input: { id: FAKE_ID } },
  "backups.setStatus": { role: "operator", scopes: ["backups:tag"], input: { id: FAKE_ID, status: "latest_restored" } },
  "backups.tag": { role: "operator", scopes: ["backups:tag"], input: { id: FAKE_ID, note: "before v3" } },
  "backups.undelete": { role: "admin", scopes: ["backups:delete"], input: { id: FAKE_ID } },
  "backups.verify": { role: "operator", scopes: ["backups:create"], input: { id: FAKE_ID } },
  "backups.previewRestore": { role: "viewer", scopes: ["backups:read"], input: { id: FAKE_ID } },
  "backups.restore": { role: "admin", scopes: ["backups:restore"], input: { id: FAKE_ID, confirm: "hesocial" } },
  "backups.previewUndo": { role: "viewer", scopes: ["backups:read"] },
  "backups.undoRestore": { role: "admin", scopes: ["backups:restore"], input: { confirm: "hesocial" } },
  "backups.kept": { role: "viewer", scopes: ["backups:read"] },
  "backups.letGo": { role: "admin", scopes: ["backups:delete"], input: { name: FAKE_KEPT_NAME } },
  "cost.get": { role: "viewer" },
  "cost.save": { role: "admin", input: FAKE_COST.settings },
  "database.info": { role: "viewer", scopes: ["backups:read"] },
  "database.startEmpty": { role: "admin" },
  "database.tables": { role: "viewer", scopes: ["backups:read"] },
  "doctor.last": { role: "viewer", scopes: ["backups:read"] },
  "doctor.run": { role: "admin", scopes: ["backups:create"] },
  "drills.get": { role: "viewer", scopes: ["backups:read"] },
  "drills.run": { role: "operator", scopes: ["backups:create"], input: {} },
  "drills.save": { role: "admin", input: { enabled: true, everyDays: 7 } },
  "operations.cancel": { role: "operator", scopes: ["backups:create"], input: { id: "own" } },
  "operations.events": { role: "viewer", scopes: ["backups:read"] },
  "operations.get": { role: "viewer", scopes: ["backups:read"], input: { id: "own" } },
  "operations.list": { role: "viewer", scopes: ["backups:read"] },
  "operations.log": { role: "viewer", scopes: ["backups:read"], input: { id: "own" } },
  "people.accept": {
    role: "everybody",
    input: { code: "a-code", name: "Ann", password: "long enough" },
  },
  "people.changePassword": { role: "viewer", input: { current: "old", next: "long enough" } },
  "people.invitation": { role: "everybody", input: { code: "a-code" } },
  "people.invite": { role: "admin", input: { email: "ann@example.com", role: "viewer" } },
  "people.list": { role: "admin" },
  "people.setDisabled": { role: "admin", input: { id: "usr_ann", disabled: true } },
  "people.setRole": { role: "admin", input: { id: "usr_ann", role: "operator" } },
  "people.withdraw": { role: "admin", input: { id: "inv_ann" } },
  "session.get": { role: "everybody" },
  "session.provider": { role: "everybody" },
  "session.signOutEverywhere": { role: "viewer" },
  "settings.facts": { role: "viewer" },
  "settings.lastStorageCheck": { role: "viewer" },
  "settings.storageCheck": { role: "admin" },
  "settings.takeOver": { role: "admin" },
  "bucketRules.get": { role: "viewer" },
  "bucketRules.write": { role: "admin" },
  "retention.get": { role: "viewer" },
  "retention.preview": { role: "viewer", input: RETENTION },
  "retention.save": {
    role: "admin",
    input: { policy: RETENTION, confirmed: { deletes: 0, digest: "none", acceptNewest: null } },
  },
  "retention.run": { role: "admin", input: { dryRun: true } },
  "schedule.get": { role: "viewer" },
  "schedule.preview": { role: "viewer", input: SCHEDULE },
  "schedule.save": { role: "admin", input: SCHEDULE },
  "schedule.pause": { role: "admin", input: { reason: "moving", until: "2024-12-31T00:00:00Z" } },
  "schedule.resume": { role: "admin" },
  "setup.createAdmin": {
    role: "everybody",
    input: { code: "EGG-1", email: "ann@example.com", password: "long enough" },
  },
  "setup.needed": { role: "everybody" },
  "status.get": { role: "viewer", scopes: ["backups:read"] },
  "tokens.create": { role: "admin", input: { name: "ci", scopes: ["backups:read"], expiresInDays: 90 } },
  "tokens.list": { role: "admin" },
  "tokens.revoke": { role: "admin", input: { id: "t" } },
  "uploads.begin": { role: "admin", scopes: ["backups:restore"], input: { fileName: "a.duckdb", bytes: 5 } },
  "uploads.get": { role: "admin", scopes: ["backups:restore"], input: { id: "whole" } },
  "uploads.finish": { role: "admin", scopes: ["backups:restore"], input: { id: "whole" } },
  "uploads.drop": { role: "admin", scopes: ["backups:restore"], input: { id: "whole" } },
};

const ROUTES: Record<string, { role: Role | "nobody" | "everybody"; scopes?: Scope[]; body?: unknown }> = {
  "DELETE /api/admin/uploads/:id": { role: "admin", scopes: ["backups:restore"] },
  "GET /api/admin/backup/:id/restore-preview": { role: "viewer", scopes: ["backups:read"] },
  "GET /api/admin/restore/kept": { role: "viewer", scopes: ["backups:read"] },
  "GET /api/admin/uploads/:id": { role: "admin", scopes: ["backups:restore"] },
  "POST /api/admin/backup/:id/restore": { role: "admin", scopes: ["backups:restore"], body: { confirm: FAKE_ID } },
  "POST /api/admin/restore/undo": { role: "admin", scopes: ["backups:restore"], body: { confirm: "hesocial" } },
  "POST /api/admin/uploads": {
    role: "admin",
    scopes: ["backups:restore"],
    body: { fileName: "a.duckdb", bytes: 5 },
  },
  "POST /api/admin/uploads/:id/finish": { role: "admin", scopes: ["backups:restore"] },
  // As JSON the text has two quotes more: five bytes, as the part.
  "PUT /api/admin/uploads/:id/parts/:part": { role: "admin", scopes: ["backups:restore"], body: "egg" },
  "DELETE /api/admin/backup/:id": { role: "admin", scopes: ["backups:delete"] },
  "GET /api/admin/audit.csv": { role: "admin" },
  "GET /api/admin/backup/:id": { role: "viewer", scopes: ["backups:read"] },
  "GET /api/admin/backup/:id/download": { role: "operator", scopes: ["backups:download"] },
  "GET /api/admin/backups": { role: "viewer", scopes: ["backups:read"] },
  "GET /api/admin/openapi.json": { role: "everybody" },
  "GET /api/admin/operations": { role: "viewer", scopes: ["backups:read"] },
  "GET /api/admin/operations/:id": { role: "viewer", scopes: ["backups:read"] },
  "GET /api/admin/doctor": { role: "viewer", scopes: ["backups:read"] },
  "POST /api/admin/doctor": { role: "admin", scopes: ["backups:create"] },
  "POST /api/admin/backup": { role: "operator", scopes: ["backups:create"] },
  "POST /api/admin/backup/:id/undelete": { role: "admin", scopes: ["backups:delete"] },
  "POST /api/admin/backup/:id/verify": { role: "operator", scopes: ["backups:create"] },
  "POST /api/admin/operations/:id/cancel": { role: "operator", scopes: ["backups:create"] },
  "GET /api/metrics": { role: "nobody", scopes: ["metrics:read"] },
  "POST /api/sql": { role: "nobody", scopes: ["sql:read", "sql:write"], body: { sql: "SELECT 1" } },
  "PUT /api/admin/backup/:id/lock": { role: "operator", scopes: ["backups:tag"], body: { locked: true } },
  "PUT /api/admin/backup/:id/status": { role: "operator", scopes: ["backups:tag"], body: { status: null } },
  "PUT /api/admin/backup/:id/tags": { role: "operator", scopes: ["backups:tag"], body: { note: "x" } },
};

interface Visitor {
  title: string;
  headers: Record<string, string>;
  role: Role | null;
  scope: Scope | null;
  userId?: string;
}

/** One of each kind; `own` is a run that this very visitor started. */
async function createVisitors(nestegg: FakeNestegg): Promise<Visitor[]> {
  const people = await Promise.all(
    ROLES.map(async (role) => {
      const user = nestegg.addUser(role);
      return { title: role, headers: await signedIn(nestegg, user.id), role, scope: null, userId: user.id };
    }),
  );
  const tokens = SCOPES.map((scope) => {
    const headers = { authorization: `Bearer ${nestegg.addToken([scope])}` };
    return { title: `token with ${scope}`, headers, role: null, scope };
  });
  const bystander = nestegg.addUser("admin");
  const disabled = nestegg.addUser("admin");
  disabled.disabled = true;
  const old = nestegg.addUser("admin");
  const oldHeaders = await signedIn(nestegg, old.id);
  old.sessionVersion = 2;
  const expired = nestegg.addUser("admin");
  const revoked = nestegg.addToken([...SCOPES]);
  nestegg.dropToken(revoked);
  const nobody = { role: null, scope: null };
  return [
    ...people,
    ...tokens,
    { title: "anonymous", headers: {}, ...nobody },
    { title: "disabled admin", headers: await signedIn(nestegg, disabled.id), ...nobody },
    { title: "admin signed out everywhere", headers: oldHeaders, ...nobody },
    // Beyond the 15 seconds of grace that next-auth gives to clocks.
    { title: "admin whose session is over", headers: await signedIn(nestegg, expired.id, -60), ...nobody },
    { title: "expired or revoked token", headers: { authorization: `Bearer ${revoked}` }, ...nobody },
    { title: "empty bearer", headers: { authorization: "Bearer " }, ...nobody },
    {
      title: "wrong token beside an admin's cookie",
      headers: { ...(await signedIn(nestegg, bystander.id)), authorization: "Bearer wrong" },
      ...nobody,
    },
  ];
}

async function signedIn(nestegg: FakeNestegg, userId: string, maxAge?: number): Promise<Record<string, string>> {
  return {
    cookie: await sessionCookie(nestegg, { userId, sessionVersion: 1 }, maxAge),
    origin: nestegg.facts.publicUrl,
  };
}

function expected(
  { role, scopes = [] }: { role: Role | "nobody" | "everybody"; scopes?: Scope[] },
  visitor: Visitor,
): "allowed" | "unauthenticated" | "forbidden" {
  if (role === "everybody") return "allowed";
  if (visitor.role) {
    return role !== "nobody" && ROLES.indexOf(visitor.role) >= ROLES.indexOf(role) ? "allowed" : "forbidden";
  }
  if (visitor.scope) return scopes.includes(visitor.scope) ? "allowed" : "forbidden";
  return "unauthenticated";
}

async function prepare(nestegg: FakeNestegg, headers: Record<string, string>): Promise<void> {
  nestegg.store.set(FAKE_ID, { view: fakeBackup(), content: new Uint8Array(10) });
  const { caller } = await createContext({ nestegg, headers: new Headers(headers) });
  const actor = caller?.actor ?? { kind: "system" as const, id: "system", name: "system" };
  nestegg.runs.set("own", fakeOperation({ id: "own", state: "running", actor }));
  nestegg.keptDatabases = [fakeKept()];
  const whole = { ...fakeUploadView({ id: "whole", fileName: "a.duckdb", bytes: 5 }), received: [0] };
  nestegg.files.set("whole", { view: whole, content: new Map([[0, Buffer.from("bytes")]]) });
  nestegg.reached = [];
}

/** What stands for `:id`, by the kind of thing that the path is about. */
function idFor(path: string): string {
  if (path.includes("/operations/")) return "own";
  return path.includes("/uploads/") ? "whole" : FAKE_ID;
}

describe("procedures", () => {
  test("the written-out table names all of them", () => {
    expect(Object.keys(PROCEDURES).sort()).toEqual([...procedures].sort());
  });

  test("answer each kind of visitor as the table says, and reach no verb otherwise", async () => {
    const nestegg = createFakeNestegg();
    for (const visitor of await createVisitors(nestegg)) {
      for (const [path, right] of Object.entries(PROCEDURES)) {
        await prepare(nestegg, visitor.headers);
        const outcome = await callProcedure(nestegg, visitor, path, right.input);
        expect(`${visitor.title}: ${path}: ${outcome}`).toBe(`${visitor.title}: ${path}: ${expected(right, visitor)}`);
        if (outcome !== "allowed") expect(nestegg.reached).toEqual([]);
        // Signing out is one of the calls: the next one must not find the session over because of it.
        for (const user of nestegg.people.users) if (user.id === visitor.userId) user.sessionVersion = 1;
      }
    }
  });
});

async function callProcedure(nestegg: FakeNestegg, visitor: Visitor, path: string, input: unknown): Promise<string> {
  const context = await createContext({ nestegg, headers: new Headers(visitor.headers) });
  const [room = "", name = ""] = path.split(".");
  const caller = createCaller(context) as unknown as Record<
    string,
    Record<string, (input: unknown) => Promise<unknown>>
  >;
  try {
    await caller[room]?.[name]?.(input);
    return "allowed";
  } catch (error) {
    return (error as { cause: { code: string } }).cause.code;
  }
}

describe("routes", () => {
  test("the written-out table names all of them", () => {
    expect(Object.keys(ROUTES).sort()).toEqual([...routes].sort());
  });

  test("answer each kind of visitor as the table says, and reach no verb otherwise", async () => {
    const nestegg = createFakeNestegg();
    const api = await serveApi(nestegg);
    const STATUS = { allowed: "allowed", unauthenticated: "401 unauthenticated", forbidden: "403 forbidden" };
    try {
      for (const visitor of await createVisitors(nestegg)) {
        for (const [name, right] of Object.entries(ROUTES)) {
          await prepare(nestegg, visitor.headers);
          const [method = "", path = ""] = name.split(" ");
          const url = `${api.url}${path.replace(":id", idFor(path)).replace(":part", "0")}`;
          const body = right.body === undefined ? undefined : JSON.stringify(right.body);
          const answer = await fetch(url, { method, headers: visitor.headers, body });
          const outcome = answer.ok ? "allowed" : `${answer.status} ${(await answer.json()).error.code}`;
          expect(`${visitor.title}: ${name}: ${outcome}`).toBe(
            `${visitor.title}: ${name}: ${STATUS[expected(right, visitor)]}`,
          );
          if (!answer.ok) expect(nestegg.reached).toEqual([]);
        }
      }
    } finally {
      await api.close();
    }
  });
});

describe("rights that depend on the input", () => {
  const as = async (nestegg: FakeNestegg, headers: Record<string, string>) =>
    createCaller(await createContext({ nestegg, headers: new Headers(headers) }));

  test("an operator locks but does not unlock; an admin does both; a tagging token only locks", async () => {
    const nestegg = createFakeNestegg();
    nestegg.store.set(FAKE_ID, { view: fakeBackup(), content: new Uint8Array(10) });
    const operator = await as(nestegg, await signedIn(nestegg, nestegg.addUser("operator").id));
    const admin = await as(nestegg, await signedIn(nestegg, nestegg.addUser("admin").id));
    const token = await as(nestegg, { authorization: `Bearer ${nestegg.addToken(["backups:tag"])}` });
    const eraser = await as(nestegg, {
      authorization: `Bearer ${nestegg.addToken(["backups:tag", "backups:delete"])}`,
    });
    await operator.backups.lock({ id: FAKE_ID, locked: true });
    await expect(operator.backups.lock({ id: FAKE_ID, locked: false })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(token.backups.lock({ id: FAKE_ID, locked: false })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(nestegg.store.get(FAKE_ID)?.view.locked).toBe(true);
    await eraser.backups.lock({ id: FAKE_ID, locked: false });
    await admin.backups.lock({ id: FAKE_ID, locked: true });
    await admin.backups.lock({ id: FAKE_ID, locked: false });
    expect(nestegg.store.get(FAKE_ID)?.view.locked).toBe(false);
  });

  test("an operator cancels only runs of their own; an admin any", async () => {
    const nestegg = createFakeNestegg();
    const other = { kind: "user" as const, id: "someone", name: "someone" };
    nestegg.runs.set("other", fakeOperation({ id: "other", state: "running", actor: other }));
    const operator = await as(nestegg, await signedIn(nestegg, nestegg.addUser("operator").id));
    const admin = await as(nestegg, await signedIn(nestegg, nestegg.addUser("admin").id));
    await expect(operator.operations.cancel({ id: "other" })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(nestegg.runs.get("other")?.state).toBe("running");
    await admin.operations.cancel({ id: "other" });
    expect(nestegg.runs.get("other")?.state).toBe("cancelled");
  });
});
