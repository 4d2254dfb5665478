import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FaultyProxy, startFaultyProxy } from "../storage/testing/faulty-proxy";
import { type R2Simulator, startR2Simulator } from "../storage/testing/r2-simulator";
import { ADMIN, type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";

const DAY_MS = 24 * 3_600_000;
const FOREIGN =
  "<Rule><ID>logs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>5</Days></Expiration></Rule>";

let simulator: R2Simulator;
let proxy: FaultyProxy;
let server: RuntimeFixture;
let locked: string;
let newest: string;

beforeAll(async () => {
  simulator = await startR2Simulator();
  proxy = await startFaultyProxy({ target: simulator.settings });
  server = await startRuntime({
    environment: { BACKUP_ENABLED: "false" },
    storage: proxy.settings,
    look: simulator.settings,
  });
  await server.sql("CREATE TABLE t AS SELECT range AS id FROM range(10)");
  locked = (await server.backUp()).id;
  await server.backUp();
  newest = (await server.backUp({ verify: true })).id;
  await server.nestegg.backups.lock(ADMIN, { id: locked, locked: true });
  await server.settled();
});

afterAll(async () => {
  await server?.stop();
  await proxy?.stop();
  await simulator?.stop();
  await server?.remove();
});

beforeEach(() => proxy.clear());

const renewals = async () =>
  (await server.nestegg.operations.list({ limit: 20, kinds: ["renewal"] })).operations.filter(
    ({ finishedAt }) => finishedAt,
  );
const manifestOf = async (id: string) => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await server.store.get(`backups/${id}.json`))?.stream ?? []) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
};
const etagOf = async (id: string) => (await server.store.head(`backups/${id}`))?.etag;

/** Lets the chores come round until it is so. */
async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    server.clock.move(11_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

test("the rules are written beside those of others, are not asked for twice, and a key that may not is told so", async () => {
  const rules = server.nestegg.operate.bucketRules;
  proxy.lifecycle.xml = `<LifecycleConfiguration>${FOREIGN}</LifecycleConfiguration>`;
  expect(await rules.get()).toMatchObject({
    supported: true,
    rules: [{ id: "logs", ours: false }],
    missing: [{ what: "expire" }, { what: "abort" }],
    warnings: [],
  });
  const written = await rules.write(ADMIN);
  expect(written).toMatchObject({ missing: [], problem: null });
  expect(written.rules.map(({ prefix, ours, expireDays, abortDays }) => [prefix, ours, expireDays, abortDays])).toEqual(
    [
      ["logs/", false, 5, null],
      ...["backup", "manual", "scheduled", "safety", "upload"].map((word) => [
        `backups/hesocial-${word}-`,
        true,
        90,
        7,
      ]),
    ],
  );
  expect(proxy.lifecycle.xml).toContain(FOREIGN);
  const before = proxy.lifecycle.xml;
  await rules.write(ADMIN);
  expect(proxy.lifecycle.xml).toBe(before);
  const [run] = (await server.nestegg.operations.list({ limit: 1, kinds: ["bucket-rules"] })).operations;
  expect(run).toMatchObject({ state: "ok", summary: "5 of ours written, 1 others kept as they were." });

  proxy.inject({ fault: { kind: "forbidden" }, when: ({ verb }) => verb === "putLifecycle" });
  await expect(rules.write(ADMIN)).rejects.toMatchObject({ code: "storage_forbidden" });
  expect((await rules.get()).problem).toBeNull();
  proxy.inject({ fault: { kind: "forbidden" }, when: ({ verb }) => verb === "getLifecycle" });
  expect(await rules.get()).toMatchObject({ rules: [], problem: { code: "storage_forbidden" } });
  expect(JSON.parse((await rules.get()).asJson).Rules).toHaveLength(5);
});

test("a rule of others that takes backups too soon is warned of; a wider one that does the work is enough", async () => {
  const rule = (days: number) =>
    `<Rule><ID>all</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>${days}</Days></Expiration></Rule>`;
  const rules = server.nestegg.operate.bucketRules;
  proxy.lifecycle.xml = `<LifecycleConfiguration>${rule(30)}</LifecycleConfiguration>`;
  expect((await rules.get()).warnings).toEqual([expect.stringContaining("after 30 days")]);
  proxy.lifecycle.xml = `<LifecycleConfiguration>${rule(365)}</LifecycleConfiguration>`;
  expect(await rules.get()).toMatchObject({ warnings: [], missing: [{ what: "abort" }] });
  proxy.lifecycle.xml = `<LifecycleConfiguration>${rule(1).replace("<Days>1</Days>", "<Date>2030-01-01T00:00:00Z</Date>")}</LifecycleConfiguration>`;
  expect((await rules.get()).warnings).toEqual([expect.stringContaining("from 2030-01-01 on")]);
  proxy.lifecycle.xml = null;
});

test("rules of a database whose name goes on after ours are none of ours, take no backup, and stand for none", async () => {
  const rule = (id: string, prefix: string) =>
    `<Rule><ID>${id}</ID><Filter><Prefix>${prefix}</Prefix></Filter><Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule>`;
  const rules = server.nestegg.operate.bucketRules;
  const staging = "backups/hesocial-staging-manual-";
  const manual = rule("by hand", "backups/hesocial-manual-");
  proxy.lifecycle.xml = `<LifecycleConfiguration>${rule(`nestegg-${staging}`, staging)}${manual}</LifecycleConfiguration>`;
  const view = await rules.get();
  expect(view.rules.map(({ ours }) => ours)).toEqual([false, false]);
  expect(view.warnings).toEqual([expect.stringContaining("by hand")]);
  expect(view.missing[0]?.text).toContain("backups/hesocial-upload-…");
  expect(view.missing[0]?.text).not.toContain("backups/hesocial-manual-…");
  const keys = ["backups/hesocial-staging-backup-20240101-000000.duckdb", "backups/hesocial-exports/a.csv"];
  for (const { Filter } of JSON.parse(view.asJson).Rules)
    expect(keys.filter((key) => key.startsWith(Filter.Prefix))).toEqual([]);
  proxy.lifecycle.xml = null;
});

test("at sixty days what must stay is written anew, one after the other; a crash between file and manifest loses nothing and is healed", async () => {
  const before = await etagOf(locked);
  server.clock.move(59 * DAY_MS);
  for (let round = 0; round < 5; round += 1) {
    server.clock.move(11_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  expect(await renewals()).toEqual([]);

  // The first to be renewed is copied, and then its manifest cannot be written.
  proxy.inject({
    fault: { kind: "forbidden" },
    when: ({ verb, key }) => verb === "put" && key === `backups/${locked}.json`,
  });
  server.clock.move(DAY_MS);
  const failed = await until(async () => (await renewals()).find(({ backupId }) => backupId === locked));
  expect(failed).toMatchObject({ state: "failed", backupId: locked, error: { code: "storage_forbidden" } });
  const between = await etagOf(locked);
  expect(between).not.toBe(before);
  expect(
    proxy.requests.some(({ verb, key, status }) => verb === "copy" && key === `backups/${locked}` && status === 200),
  ).toBe(true);
  const { backups } = await server.nestegg.backups.list({ fresh: true });
  expect(backups.find(({ id }) => id === locked)).toMatchObject({ state: "verified", locked: true });
  expect(await server.nestegg.restores.preview({ id: locked })).toMatchObject({ blockers: [] });

  proxy.clear();
  server.clock.move(3_600_000);
  // The other one does not wait for the one that failed, which a verification mends.
  await until(async () => (await renewals()).find(({ backupId, state }) => backupId === newest && state === "ok"));
  await until(async () => (await manifestOf(locked)).file.etag === between);
  await server.settled();
  for (const id of [locked, newest]) {
    const manifest = await manifestOf(id);
    expect(manifest).toMatchObject({ file: { etag: await etagOf(id) }, verification: { result: "verified" } });
  }
  expect(await manifestOf(newest)).toMatchObject({ renewedAt: expect.any(String) });
});
