import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN, type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";

let server: RuntimeFixture;
let oldest: string;
let middle: string;
let newest: string;

beforeAll(async () => {
  server = await startRuntime();
  await server.sql("CREATE TABLE t AS SELECT range AS id FROM range(10)");
  oldest = (await server.backUp({ note: "first one", tags: { release: "v1" } })).id;
  middle = (await server.backUp({ tags: { release: "v2" } })).id;
  newest = (await server.backUp()).id;
  await server.settled();
});

afterAll(async () => {
  await server.stop();
  await server.remove();
});

const { backups, list } = {
  backups: () => server.nestegg.backups,
  list: (input = {}) => server.nestegg.backups.list({ fresh: true, ...input }),
};
const holders = async () =>
  (await list()).backups.filter((backup) => backup.status === "latest_restored").map(({ id }) => id);

test("tags and note are replaced as given, what is not given stays, and the audit says who", async () => {
  await backups().tag(ADMIN, { id: oldest, tags: { release: "v1", keep: "yes" } });
  expect(await backups().get(oldest)).toMatchObject({ tags: { release: "v1", keep: "yes" }, note: "first one" });
  await backups().tag(ADMIN, { id: oldest, note: "changed" });
  expect((await list()).backups.at(-1)).toMatchObject({ tags: { release: "v1", keep: "yes" }, note: "changed" });
  const [row] = await server.nestegg.audit.list({ limit: 1 });
  expect(row).toMatchObject({ action: "backup.tag", target: oldest, actor: "admin@example.com", address: "127.0.0.1" });
});

test("edits of one backup at the same time all arrive, and fields of a newer version survive them", async () => {
  const key = `backups/${middle}.json`;
  const read = async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await server.store.get(key))?.stream ?? []) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString());
  };
  await server.store.put(key, Buffer.from(JSON.stringify({ ...(await read()), fromTheFuture: { a: 1 } })));
  await Promise.all([
    backups().tag(ADMIN, { id: middle, note: "a note" }),
    backups().lock(ADMIN, { id: middle, locked: true }),
    backups().tag(ADMIN, { id: middle, tags: { one: "1" } }),
    backups().setStatus(ADMIN, { id: middle, status: "latest_restored" }),
  ]);
  expect(await read()).toMatchObject({
    note: "a note",
    locked: true,
    tags: { one: "1" },
    fromTheFuture: { a: 1 },
    restored: { by: "admin@example.com" },
  });
  await backups().lock(ADMIN, { id: middle, locked: false });
});

test("at most one backup holds latest_restored, also when the clock went back, and a cleared mark goes to nobody", async () => {
  await backups().setStatus(ADMIN, { id: middle, status: "latest_restored" });
  server.clock.move(-60_000);
  await backups().setStatus(ADMIN, { id: oldest, status: "latest_restored" });
  server.clock.move(60_000);
  expect(await holders()).toEqual([oldest]);
  await backups().setStatus(ADMIN, { id: middle, status: null });
  expect(await holders()).toEqual([oldest]);
  await backups().setStatus(ADMIN, { id: oldest, status: null });
  expect(await holders()).toEqual([]);
  await backups().setStatus(ADMIN, { id: newest, status: "latest_restored" });
  expect(await holders()).toEqual([newest]);
  await backups().setStatus(ADMIN, { id: newest, status: null });
});

test("the newest good, a locked and the latest restored backup are not deleted, whatever the door", async () => {
  await expect(backups().remove(ADMIN, { id: newest })).rejects.toMatchObject({ code: "backup_protected" });
  await backups().lock(ADMIN, { id: oldest, locked: true });
  await expect(backups().remove(ADMIN, { id: oldest })).rejects.toMatchObject({
    code: "backup_protected",
    message: expect.stringContaining("locked"),
  });
  await backups().lock(ADMIN, { id: oldest, locked: false });
  await backups().setStatus(ADMIN, { id: oldest, status: "latest_restored" });
  await expect(backups().remove(ADMIN, { id: oldest })).rejects.toMatchObject({ code: "backup_protected" });
  await backups().setStatus(ADMIN, { id: oldest, status: null });
});

test("a deletion waits ten minutes and can be undone; one on its way out cannot be locked", async () => {
  const before = server.clock.now().getTime();
  const { deletesAt } = await backups().remove(ADMIN, { id: oldest });
  expect(Date.parse(deletesAt) - before).toBeGreaterThanOrEqual(600_000);
  expect((await backups().get(oldest)).state).toBe("deleting");
  await expect(backups().lock(ADMIN, { id: oldest, locked: true })).rejects.toMatchObject({ code: "conflict" });
  await backups().undelete(ADMIN, { id: oldest });
  expect((await backups().get(oldest)).deletesAt).toBeNull();
});

test("filters, search, sorting and cursors give every backup exactly once", async () => {
  expect((await list({ search: "release=v" })).backups.map(({ id }) => id)).toEqual([oldest]);
  expect((await list({ search: "tag:one type:manual" })).backups.map(({ id }) => id)).toEqual([middle]);
  expect((await list({ tag: "release" })).matching).toBe(1);
  expect((await list({ types: ["shutdown"] })).matching).toBe(0);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit: 2, cursor, sort: "oldest" });
    seen.push(...page.backups.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual([oldest, middle, newest]);
});

test("objects that are not ours are left alone; one of our form without a manifest is offered, read and registered", async () => {
  await server.store.put("backups/holiday.jpg", Buffer.from("x"));
  await server.store.put("backups/hesocial-notes.txt", Buffer.from("x"));
  const stranger = "hesocial-manual-20200102-030405.duckdb";
  const broken = "hesocial-manual-20200102-030406.duckdb";
  const copy: Uint8Array[] = [];
  for await (const chunk of (await server.store.get(`backups/${newest}`))?.stream ?? []) copy.push(chunk);
  await server.store.put(`backups/${stranger}`, Buffer.concat(copy));
  await server.store.put(`backups/${broken}`, Buffer.concat(copy).subarray(0, 100_000));
  const { backups: rows } = await list();
  expect(rows.filter((row) => row.state === "unregistered").map(({ id }) => id)).toEqual([broken, stranger]);
  expect(rows).toHaveLength(5);

  const good = await backups().adopt(ADMIN, { id: stranger });
  expect((await server.nestegg.operations.wait(good.operationId)).state).toBe("ok");
  expect(await backups().get(stranger)).toMatchObject({
    state: "verified",
    verification: { tables: [{ name: "t", rows: 10 }] },
  });
  const bad = await backups().adopt(ADMIN, { id: broken });
  expect(await server.nestegg.operations.wait(bad.operationId)).toMatchObject({
    state: "failed",
    error: { code: "backup_damaged" },
  });
  expect((await backups().get(broken)).state).toBe("unregistered");
  expect(await server.keys()).toEqual(expect.arrayContaining(["backups/holiday.jpg", `backups/${broken}`]));
});

test("a backup whose object is gone or has another size is shown as missing and is not good any more", async () => {
  await server.store.delete(`backups/${middle}`);
  await server.store.put(`backups/${oldest}`, Buffer.from("short"));
  const states = new Map((await list()).backups.map((backup) => [backup.id, backup.state]));
  expect([states.get(middle), states.get(oldest)]).toEqual(["missing", "missing"]);
  await expect(backups().read(ADMIN, { id: oldest })).rejects.toMatchObject({ code: "backup_missing" });
  await expect(backups().get("hesocial-manual-20240101-000000.duckdb")).rejects.toMatchObject({ code: "not_found" });
});
