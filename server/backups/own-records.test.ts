import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { expect, onTestFinished, test } from "vitest";
import { ada, openTestControl, type TestControl } from "../control/testing/test-control";
import { AppError } from "../errors";
import { readBody } from "../read-body";
import type { ObjectStore } from "../storage/object-store";
import { openStore } from "../storage/open-store";
import { createOwnRecords } from "./own-records";
import { Ownership } from "./owner";

const KEY = "backups/hesocial.records.json";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PASSWORD = "a few unrelated words";

/** Real control database, real folder as bucket; the clock moves by hand. */
async function server(
  more: {
    folder?: string;
    serverId?: string;
    backupEnabled?: boolean;
    from?: Pick<TestControl, "control" | "clock">;
  } = {},
) {
  const folder = more.folder ?? (await mkdtemp(join(tmpdir(), "nestegg-records-")));
  if (!more.folder) onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { control, clock } = more.from ?? (await openTestControl());
  const store: ObjectStore = await openStore({ kind: "local", folder }, { clock });
  const { serverId = "aaaa", backupEnabled = true } = more;
  const place = { prefix: "backups/", databaseName: "hesocial", serverId, host: "host", appVersion: "1" };
  const ownership = new Ownership({
    ...{ store, key: "backups/hesocial.owner.json", serverId, host: "host", environment: "", clock },
  });
  const backups: string[] = [];
  const catalog = { entries: () => backups.map((createdAt) => ({ manifest: { createdAt } })) };
  const ctx = { ...place, backupEnabled, clock, log: pino({ level: "silent" }), store, ownership };
  const records = createOwnRecords({
    ctx: { ...ctx, memory: control.memory, operations: control.operations, catalog: catalog as never },
    read: (historySince) => control.records.read({ historySince, secrets: [] }),
  });
  const body = async (key = KEY) => {
    const found = await store.get(key);
    return found && JSON.parse((await readBody(found)).toString("utf8"));
  };
  return {
    ...{ control, clock, store, ownership, records, folder, body },
    backUp: () => backups.push(clock.now().toISOString()),
    writtenAt: async () => (await body())?.content.writtenAt ?? null,
    runs: async () => (await control.operations.list({ limit: 50, kinds: ["own-records"] })).operations,
    async after(ms: number) {
      await clock.advance(ms);
      await records.tick();
    },
  };
}

async function withAdmin(more: Parameters<typeof server>[0] = {}) {
  const one = await server(more);
  await one.control.people.ensureFirstAdmin({ email: "ada@example.com", password: PASSWORD });
  return one;
}

test("a server that nobody has set up writes nothing; then a change is written, at most once an hour", async () => {
  const one = await server();
  await one.after(MINUTE_MS);
  expect(await one.body()).toBeNull();
  await one.control.people.ensureFirstAdmin({ email: "ada@example.com", password: PASSWORD });
  await one.after(MINUTE_MS);
  const first = await one.writtenAt();
  expect(first).toBe(one.clock.now().toISOString());
  await one.control.memory.set("settings:schedule", "{}");
  await one.after(59 * MINUTE_MS);
  expect(await one.writtenAt()).toBe(first);
  await one.after(2 * MINUTE_MS);
  const second = await one.writtenAt();
  expect(second).not.toBe(first);
  // Nothing has changed but history: that waits for a day and a backup.
  await one.control.audit.record({ caller: ada, action: "x", target: null });
  await one.after(20 * HOUR_MS);
  one.backUp();
  await one.after(2 * HOUR_MS);
  expect(await one.writtenAt()).toBe(second);
  await one.after(3 * HOUR_MS);
  expect(await one.writtenAt()).not.toBe(second);
  await one.after(48 * HOUR_MS);
  expect(await one.writtenAt()).toBe(new Date(one.clock.now().getTime() - 48 * HOUR_MS).toISOString());
  // The first write and the one a day later; the one in between is no row.
  expect((await one.runs()).map(({ state }) => state)).toEqual(["ok", "ok"]);
});

test("a stop writes what has changed without waiting for the hour, and nothing when nothing has", async () => {
  const one = await withAdmin();
  const signal = new AbortController().signal;
  await one.after(MINUTE_MS);
  await one.control.memory.set("settings:cost", '{"budget":3}');
  await one.clock.advance(MINUTE_MS);
  await one.records.atStop(signal);
  const written = await one.writtenAt();
  expect(written).toBe(one.clock.now().toISOString());
  await one.clock.advance(MINUTE_MS);
  await one.records.atStop(signal);
  expect(await one.writtenAt()).toBe(written);
  const off = await withAdmin({ backupEnabled: false });
  await off.after(HOUR_MS);
  await off.records.atStop(signal);
  expect(await off.body()).toBeNull();
});

test("another owner's records are not overwritten; after a take-over they are put aside and stay", async () => {
  const old = await withAdmin();
  await old.after(MINUTE_MS);
  const theirs = await old.body();
  const next = await withAdmin({ folder: old.folder, serverId: "bbbb" });
  await next.after(MINUTE_MS);
  await next.records.atStop(new AbortController().signal);
  expect(await next.body()).toEqual(theirs);
  expect(await next.runs()).toEqual([]);
  await next.ownership.takeOver();
  await next.after(30 * MINUTE_MS);
  expect(await next.body()).toEqual(theirs);
  await next.after(40 * MINUTE_MS);
  expect((await next.body()).content.serverId).toBe("bbbb");
  expect(await next.body("backups/hesocial.records.aaaa.json")).toEqual(theirs);
});

test("a write that meets another one loses, is one row, is tried again, and says when it went well again", async () => {
  const one = await withAdmin();
  const put = one.store.put.bind(one.store);
  let meets = 3;
  one.store.put = async (key, body, options) => {
    if (key === KEY && meets > 0) {
      meets -= 1;
      throw new AppError("storage_precondition", "Somebody else has written it meanwhile.");
    }
    return put(key, body, options);
  };
  await one.after(MINUTE_MS);
  for (let look = 0; look < 20; look += 1) await one.after(MINUTE_MS);
  expect((await one.runs()).map(({ state }) => state)).toEqual(["failed"]);
  expect(meets).toBe(2);
  await one.after(HOUR_MS);
  await one.after(HOUR_MS);
  expect(meets).toBe(0);
  expect(await one.runs()).toHaveLength(1);
  await one.after(HOUR_MS);
  expect((await one.runs()).map(({ state }) => state)).toEqual(["ok", "failed"]);
  expect(await one.body()).not.toBeNull();
});

test("another bucket gets its copy at the next look, though nothing has changed", async () => {
  const one = await withAdmin();
  await one.after(MINUTE_MS);
  const moved = await server({ from: one });
  await moved.after(MINUTE_MS);
  const at = one.clock.now().toISOString();
  expect(await moved.writtenAt()).toBe(at);
  await moved.after(2 * HOUR_MS);
  expect(await moved.writtenAt()).toBe(at);
});
