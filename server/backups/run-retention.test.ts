import { afterAll, beforeAll, expect, test } from "vitest";
import type { RetentionPolicy } from "../nestegg-operate";
import { ADMIN, type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";
import { serializeManifest } from "./manifest";
import { shrunk } from "./retention-blocked";
import { catalogEntry, type EntryFacts } from "./testing/catalog-entry";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BYTES = 1_000;

let server: RuntimeFixture;

/** An object and a manifest, as a backup of so many days ago left them. */
async function storeOld(daysAgo: number, facts: Partial<EntryFacts> = {}): Promise<string> {
  const at = new Date(server.clock.now().getTime() - daysAgo * DAY_MS);
  const { id, manifest } = catalogEntry({ at, bytes: BYTES, ...facts });
  await server.store.put(`backups/${id}`, Buffer.alloc(BYTES));
  if (manifest) await server.store.put(`backups/${id}.json`, serializeManifest(manifest));
  return id;
}

const retention = () => server.nestegg.operate.retention;
const days = (count: number): RetentionPolicy => ({ all: { keep: "days", days: count }, types: {}, timeZone: "UTC" });
const read = () => server.nestegg.backups.list({ fresh: true });
const lastRun = async () => (await server.nestegg.operations.list({ limit: 1, kinds: ["retention"] })).operations[0];
const statesOf = async (...ids: string[]) => {
  const { backups } = await read();
  return ids.map((id) => backups.find((backup) => backup.id === id)?.state ?? "gone");
};

async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

beforeAll(async () => {
  server = await startRuntime({ environment: { BACKUP_RETENTION_DAYS: "60" } });
  await server.sql("CREATE TABLE t AS SELECT range AS id FROM range(10)");
  await server.backUp();
  await server.settled();
});

afterAll(async () => {
  await server.stop();
  await server.remove();
});

test("an hour after the start, and once a day, what is due is marked as one run that names it; ten minutes later it is gone", async () => {
  const old = [await storeOld(100), await storeOld(61)];
  const young = [await storeOld(50), await storeOld(40), await storeOld(30)];
  const locked = await storeOld(200, { manifest: { locked: true } });
  const stranger = await storeOld(300);
  await server.store.delete(`backups/${stranger}.json`);
  const { backups } = await read();
  const keptOf = (id: string) => backups.find((backup) => backup.id === id)?.kept;
  const untilOf = (id: string) => backups.find((backup) => backup.id === id)?.keptUntil;
  expect(keptOf(old[0] ?? "")).toBe("goes with the next retention run: older than 60 days");
  expect(keptOf(young[0] ?? "")).toMatch(/^kept until \d{4}-\d\d-\d\d .* UTC$/);
  expect([untilOf(young[0] ?? ""), untilOf(old[0] ?? ""), untilOf(locked)]).toEqual([
    expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    null,
    null,
  ]);
  expect(await retention().get()).toMatchObject({
    source: "environment",
    preview: { keeps: 5, deletes: 2, needsConfirmation: false, blocked: null },
    lastRun: null,
  });

  server.clock.move(HOUR_MS - 120_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await lastRun()).toBeUndefined();
  server.clock.move(180_000);
  const run = await until(async () => {
    const found = await lastRun();
    return found?.finishedAt ? found : null;
  });
  expect(run).toMatchObject({ state: "ok", actor: { kind: "system" }, detail: { deletes: 2 } });
  for (const id of old) expect(run.summary).toContain(`${id} (older than 60 days)`);
  const log = await server.nestegg.operations.log(run.id);
  expect(log.filter(({ text }) => text.includes(old[1] ?? "")).length).toBeGreaterThanOrEqual(1);
  expect(await statesOf(...old, ...young, locked, stranger)).toEqual([
    "deleting",
    "deleting",
    "stored",
    "stored",
    "stored",
    "stored",
    "unregistered",
  ]);
  await server.nestegg.backups.undelete(ADMIN, { id: old[1] ?? "" });
  server.clock.move(11 * 60_000);
  await until(async () => (await statesOf(old[0] ?? ""))[0] === "gone");
  await server.settled();
  expect(await server.keys()).not.toContain(`backups/${old[0]}`);
  expect(await statesOf(old[1] ?? "", stranger)).toEqual(["stored", "unregistered"]);
  expect((await lastRun())?.id).toBe(run.id);
});

test("a run that would take more than half waits for an admin who has seen the number", async () => {
  const { preview } = await retention().get();
  const tight = days(1);
  const strict = await retention().preview(tight);
  expect(strict).toMatchObject({ needsConfirmation: true });
  await expect(
    retention().save(ADMIN, { policy: tight, confirmed: { ...strict, digest: preview.digest } }),
  ).rejects.toMatchObject({
    code: "conflict",
  });
  expect((await retention().get()).policy.all).toEqual({ keep: "days", days: 60 });
  expect((await retention().get()).preview.deletes).toBe(preview.deletes);

  const { operationId: dry } = await retention().run(ADMIN, { dryRun: true });
  expect(await server.nestegg.operations.wait(dry)).toMatchObject({ state: "ok", title: "Retention, dry run" });
  const saved = await retention().save(ADMIN, { policy: tight, confirmed: strict });
  expect(saved).toMatchObject({ source: "dashboard", policy: tight });
  const run = await until(async () => {
    const found = await lastRun();
    return found?.finishedAt && found.id !== dry ? found : null;
  });
  expect(run).toMatchObject({ state: "ok", actor: { name: "admin@example.com" }, detail: { deletes: strict.deletes } });
  const { backups } = await read();
  const going = backups.filter(({ state }) => state === "deleting");
  expect(going).toHaveLength(strict.deletes);
  for (const { id } of going) await server.nestegg.backups.undelete(ADMIN, { id });

  const { operationId } = await retention().run(ADMIN, { dryRun: false });
  expect(await server.nestegg.operations.wait(operationId)).toMatchObject({
    state: "failed",
    error: { code: "conflict", message: expect.stringContaining("more than half of the good ones") },
  });
  expect((await read()).backups.some(({ state }) => state === "deleting")).toBe(false);
});

test("another server's path is left alone, by night and by hand", async () => {
  const key = "backups/hesocial.owner.json";
  const mark = { serverId: "somebody-else", host: "other", since: "2026-01-01T00:00:00Z" };
  await server.store.put(key, Buffer.from(JSON.stringify(mark)));
  const { operationId } = await retention().run(ADMIN, {
    dryRun: false,
    confirmed: { deletes: 1, digest: "", acceptNewest: null },
  });
  expect(await server.nestegg.operations.wait(operationId)).toMatchObject({
    state: "failed",
    error: { code: "not_owner" },
  });
  expect((await retention().get()).preview.blocked).toMatchObject({ code: "not_owner" });
  server.clock.move(25 * HOUR_MS);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await lastRun())?.id).toBe(operationId);
  await server.nestegg.storage.takeOver(ADMIN);
});

test("a newest backup of under half the rows or bytes stops it, until it has grown again or an admin accepts it", () => {
  const at = (day: number) => new Date(Date.UTC(2026, 0, day));
  const big = catalogEntry({ at: at(1), bytes: 1_000_000, rows: 1_000, result: "verified" });
  const few = catalogEntry({ at: at(2), bytes: 900_000, rows: 499, result: "verified" });
  const fewAgain = catalogEntry({ at: at(3), bytes: 900_000, rows: 499, result: "verified" });
  expect(shrunk([few, big], null)).toMatchObject({ code: "suspicious", text: expect.stringContaining("499 rows") });
  // The next small one does not make the loss look normal; an admin's word does.
  expect(shrunk([fewAgain, few, big], null)).toMatchObject({ code: "suspicious" });
  expect(shrunk([fewAgain, few, big], few.id)).toBeNull();
  expect(shrunk([catalogEntry({ at: at(2), bytes: 499_000 }), big], null)).toMatchObject({
    text: expect.stringContaining("499KB instead of 1MB"),
  });
  expect(shrunk([catalogEntry({ at: at(2), bytes: 500_000 }), big], null)).toBeNull();
  // One that was never read is no measure, and a brought file is not the database.
  expect(shrunk([few, catalogEntry({ at: at(1), rows: 1_000, bytes: 9_000_000 })], null)).toBeNull();
  expect(shrunk([catalogEntry({ at: at(2), bytes: 1, manifest: { fromFile: true } }), big], null)).toBeNull();
});

test("a time zone that nobody knows is refused at the preview and at the save, and the rules stay", async () => {
  const before = (await retention().get()).policy;
  const policy = { ...days(9), timeZone: "Mars/X" };
  const { digest } = await retention().preview(days(9));
  const confirmed = { deletes: 0, digest, acceptNewest: null };
  await expect(retention().preview(policy)).rejects.toMatchObject({ code: "invalid_input" });
  await expect(retention().save(ADMIN, { policy, confirmed })).rejects.toMatchObject({ code: "invalid_input" });
  expect((await retention().get()).policy).toEqual(before);
});
