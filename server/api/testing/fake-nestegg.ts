import type { Caller, OperationEvent, OperationView, Role, Scope } from "../../control/types";
import type { SqlStatement } from "../../database/types";
import { AppError } from "../../errors";
import type { BackupView, ExternalAnswer, ExternalPerson, Nestegg, ServerFacts, UserView } from "../../nestegg";
import type { KeptDatabase } from "../../nestegg-restore";
import { fakeOperate } from "./fake-operate";
import { fakePeopleAdmin } from "./fake-people";
import { fakeRestores } from "./fake-restores";
import { type FakeUpload, fakeUploads } from "./fake-uploads";
import { fakeBackup, fakeFacts, fakeOperation, fakeStatus, fakeUser } from "./fake-views";

type Session = UserView & { sessionVersion: number };

/** The whole interface in memory, with handles for what a test wants to set or see. */
export interface FakeNestegg extends Nestegg {
  facts: ServerFacts;
  /** Names of the verbs that were reached, in order: a refused request must leave it empty. */
  reached: string[];
  people: Nestegg["people"] & { users: Session[]; ended: Set<string> };
  /** Whom a provider vouched for, and what is answered. */
  external: ExternalPerson[];
  signInExternal: (person: ExternalPerson) => ExternalAnswer;
  addUser(role: Role): Session;
  addToken(scopes: Scope[]): string;
  dropToken(secret: string): void;
  store: Map<string, { view: BackupView; content: Uint8Array }>;
  runs: Map<string, OperationView>;
  /** How the next run ends; by default it stores a backup. */
  nextRun: Partial<OperationView> | null;
  /** Replaces the answer of a verb by an error. */
  failWith: unknown;
  queries: { statements: SqlStatement[]; access: string }[];
  signIn: (email: string, password: string) => Session | null;
  created: { caller: Caller; input: unknown }[];
  /** Replaced databases, newest first. */
  keptDatabases: KeptDatabase[];
  /** What the verbs of restore, undo and letting go were asked for. */
  swaps: { verb: string; caller: Caller; input: unknown }[];
  files: Map<string, FakeUpload>;
  emit(event: OperationEvent): void;
  endEvents(): void;
  listeners: number;
  /** Bodies handed out and neither read to the end nor let go. */
  openReads: number;
}

export const FAKE_ETAG = '"etag-of-the-file"';

export function createFakeNestegg(): FakeNestegg {
  const actors = new Map<string, Caller["actor"]>();
  const users: Session[] = [];
  let listener: ((event: OperationEvent | null) => void) | null = null;
  let sequence = 0;

  const reach = (name: string): void => {
    fake.reached.push(name);
    if (fake.failWith) throw fake.failWith;
  };
  const find = (id: string): { view: BackupView; content: Uint8Array } => {
    const found = fake.store.get(id);
    if (!found) throw new AppError("not_found", `There is no backup ${id}.`, { hint: "List the backups." });
    return found;
  };
  const change = (name: string, id: string, facts: Partial<BackupView>): BackupView => {
    reach(name);
    return Object.assign(find(id).view, facts);
  };
  const run = (caller: Caller, facts: Partial<OperationView>): string => {
    const id = `op-${fake.runs.size + 1}`;
    const { kind, id: actorId, name } = caller.actor;
    fake.runs.set(id, fakeOperation({ id, actor: { kind, id: actorId, name }, ...facts, ...fake.nextRun }));
    return id;
  };
  const operation = (id: string): OperationView => {
    const found = fake.runs.get(id);
    if (!found) throw new AppError("not_found", `There is no run ${id}.`);
    return found;
  };

  const door = () => ({ fake, reach, run });
  const fake: FakeNestegg = {
    facts: fakeFacts(),
    reached: [],
    store: new Map(),
    runs: new Map(),
    nextRun: null,
    failWith: null,
    queries: [],
    created: [],
    keptDatabases: [],
    swaps: [],
    files: new Map(),
    openReads: 0,
    listeners: 0,
    signIn: () => null,
    external: [],
    signInExternal: () => ({ ok: false, reason: "no-role" }),
    emit: (event) => listener?.(event),
    endEvents: () => listener?.(null),
    addUser(role) {
      const user = { ...fakeUser(`${role}-${users.length}`, role), sessionVersion: 1 };
      users.push(user);
      return user;
    },
    addToken(scopes) {
      const secret = `secret-${actors.size + 1}`;
      actors.set(secret, { kind: "token", id: `token-${actors.size + 1}`, name: "ci", scopes });
      return secret;
    },
    dropToken: (secret) => void actors.delete(secret),
    health: () => ({ status: "ready" }),
    async status() {
      reach("status");
      return fakeStatus();
    },
    backups: {
      async list({ limit = 1000, states }) {
        reach("backups.list");
        const all = [...fake.store.values()]
          .map(({ view }) => view)
          .filter(({ state }) => !states || states.includes(state));
        const backups = all.slice(0, limit);
        return {
          backups,
          nextCursor: all.length > limit ? (backups.at(-1)?.id ?? null) : null,
          matching: all.length,
          total: fake.store.size,
          totalBytes: 0,
          counts: { types: {}, states: {}, tags: {} },
          readAt: null,
          problem: null,
        };
      },
      async get(id) {
        reach("backups.get");
        return { ...find(id).view, manifest: { version: 1 } };
      },
      async create(caller, input) {
        reach("backups.create");
        fake.created.push({ caller, input });
        const view = fakeBackup({ tags: input.tags, note: input.note, state: input.verify ? "verified" : "stored" });
        const operationId = run(caller, { backupId: view.id });
        if (!fake.nextRun) fake.store.set(view.id, { view, content: new Uint8Array(view.bytes) });
        return { operationId, joined: false };
      },
      async verify(caller, { id }) {
        reach("backups.verify");
        find(id);
        return { operationId: run(caller, { kind: "verify", backupId: id }) };
      },
      tag: async (_caller, { id, ...marks }) => change("backups.tag", id, marks),
      lock: async (_caller, { id, locked }) => change("backups.lock", id, { locked }),
      setStatus: async (_caller, { id, status }) => change("backups.setStatus", id, { status: status ?? undefined }),
      async remove(_caller, { id }) {
        const { locked } = find(id).view;
        if (locked) throw new AppError("backup_protected", `${id} is locked.`, { hint: "Unlock it first." });
        const deletesAt = "2024-12-30T15:40:00Z";
        change("backups.remove", id, { state: "deleting", deletesAt });
        return { id, deletesAt };
      },
      undelete: async (_caller, { id }) => change("backups.undelete", id, { state: "stored", deletesAt: null }),
      async adopt(caller, { id }) {
        reach("backups.adopt");
        return { operationId: run(caller, { kind: "adopt", backupId: id }) };
      },
      async downloadUrl(_caller, { id }) {
        reach("backups.downloadUrl");
        const url = fake.facts.storage.kind === "r2" ? `https://r2.example/${id}?signed` : null;
        return { url, expiresAt: url && "2024-12-30T15:35:00Z", fileName: id, bytes: find(id).view.bytes };
      },
      async read(_caller, { id, range }) {
        reach("backups.read");
        const { content } = find(id);
        const bytes = range ? content.slice(range.start, range.end + 1) : content;
        fake.openReads += 1;
        const pieces = [bytes];
        const end = () => {
          fake.openReads -= 1;
          return { done: true as const, value: undefined };
        };
        const next = async () => {
          const value = pieces.shift();
          return value ? { done: false as const, value } : end();
        };
        const stream = { [Symbol.asyncIterator]: () => ({ next, return: async () => end() }) };
        return { bytes: bytes.byteLength, totalBytes: content.byteLength, etag: FAKE_ETAG, fileName: id, stream };
      },
    },
    operate: fakeOperate(door),
    restores: fakeRestores(door),
    uploads: fakeUploads(door),
    operations: {
      async list({ limit }) {
        reach("operations.list");
        return { operations: [...fake.runs.values()].slice(0, limit), nextCursor: null };
      },
      async get(id) {
        reach("operations.get");
        return operation(id);
      },
      async log(id) {
        reach("operations.log");
        operation(id);
        return [{ sequence: 1, at: "2024-12-30T15:30:00Z", level: "info", step: null, text: "started" }];
      },
      async cancel(_caller, id) {
        reach("operations.cancel");
        return Object.assign(operation(id), { state: "cancelled" as const });
      },
      async wait(id, signal) {
        reach("operations.wait");
        if (operation(id).state !== "running") return operation(id);
        return new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      },
    },
    database: {
      async info() {
        reach("database.info");
        return { state: "closed", fault: null, name: "hesocial", path: "/data/hesocial.duckdb", statistics: null };
      },
      app() {
        throw new AppError("degraded", "There is no open database.");
      },
      async startEmpty() {
        reach("database.startEmpty");
        return { state: "open", fault: null, name: "hesocial", path: "/data/hesocial.duckdb", statistics: null };
      },
      async query({ statements, access }) {
        reach("database.query");
        fake.queries.push({ statements, access });
        return statements.map(() => ({ columns: [{ name: "n", type: "INTEGER" }], rows: [[1]], rowCount: 1 }));
      },
    },
    people: {
      ...fakePeopleAdmin(door),
      users,
      needsSetup: async () => users.length === 0,
      async createFirstAdmin() {
        reach("people.createFirstAdmin");
        return fakeUser("first", "admin");
      },
      signIn: async ({ email, password }) => fake.signIn(email, password),
      ended: new Set(),
      async endSession({ sessionId }) {
        fake.people.ended.add(sessionId);
      },
      async signInExternal(person) {
        fake.external.push(person);
        return fake.signInExternal(person);
      },
      async session({ userId, sessionVersion, sessionId }) {
        const user = users.find(({ id }) => id === userId);
        if (sessionId !== undefined && fake.people.ended.has(sessionId)) return null;
        return user && !user.disabled && user.sessionVersion === sessionVersion ? user : null;
      },
      async signOutEverywhere(_caller, userId) {
        reach("people.signOutEverywhere");
        for (const user of users) if (user.id === userId) user.sessionVersion += 1;
      },
    },
    tokens: {
      async list() {
        reach("tokens.list");
        return [];
      },
      async create(_caller, { name, scopes }) {
        reach("tokens.create");
        const facts = { id: "t", tail: "abcd", createdAt: "2024-12-30T15:30:00Z", createdBy: "ann", expiresAt: null };
        return {
          token: { ...facts, name, scopes, lastUsedAt: null, lastUsedFrom: null, state: "active" },
          secret: "s",
        };
      },
      async revoke() {
        reach("tokens.revoke");
      },
      authenticate: async (secret) => actors.get(secret) ?? null,
    },
    audit: {
      record: async () => undefined,
      async list() {
        reach("audit.list");
        return [];
      },
      async choices() {
        reach("audit.choices");
        return { actors: [], actions: [] };
      },
    },
    storage: {
      async check() {
        reach("storage.check");
        return { at: "2024-12-30T15:30:00Z", rows: [] };
      },
      async lastCheck() {
        reach("storage.lastCheck");
        return null;
      },
      async takeOver() {
        reach("storage.takeOver");
      },
    },
    async *events(signal) {
      reach("events");
      const waiting: (OperationEvent | null)[] = [];
      let wake: () => void = () => undefined;
      listener = (event) => {
        waiting.push(event);
        wake();
      };
      signal.addEventListener("abort", () => fake.endEvents(), { once: true });
      fake.listeners += 1;
      try {
        for (;;) {
          while (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
          const event = waiting.shift();
          if (!event) return;
          sequence += 1;
          yield { ...event, sequence };
        }
      } finally {
        fake.listeners -= 1;
      }
    },
  };
  return fake;
}
