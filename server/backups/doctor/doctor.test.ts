import { open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { DoctorReport } from "../../nestegg-operate";
import { serversOfTests } from "../../testing/restore-fixture";
import { ADMIN } from "../../testing/runtime-fixture";

vi.setConfig({ testTimeout: 60_000 });

const servers = serversOfTests();
const rowOf = ({ rows }: DoctorReport, code: string) => rows.find((row) => row.code === code);
const faultsOf = ({ rows }: DoctorReport) => rows.filter(({ state }) => state === "fault").map(({ code }) => code);

test("a sound server has no fault; damage in the live file, strays and a foreign mark each are told, and a take-over ends the last", async () => {
  const server = await servers.start({ environment: { NESTEGG_ENVIRONMENT: "production" } });
  const { doctor } = server.nestegg.operate;
  expect(await doctor.last()).toBeNull();
  await server.sql("CREATE TABLE orders AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(60000)");
  const { id } = await server.backUp();
  await server.settled();

  const [sound, joined] = await Promise.all([doctor.run(ADMIN), doctor.run(ADMIN)]);
  expect(joined).toEqual(sound);
  expect(faultsOf(sound)).toEqual([]);
  expect(rowOf(sound, "owner")).toMatchObject({ state: "ok", text: expect.stringContaining("production") });
  expect(rowOf(sound, "database")).toMatchObject({ state: "ok", text: expect.stringMatching(/all \d+ blocks match/) });
  expect(rowOf(sound, "formats")?.text).toMatch(/1 in v1\.5\.0.*DuckDB 2\.0/);
  expect(rowOf(sound, "rules")).toMatchObject({ state: "skipped" });
  expect(await doctor.last()).toEqual(sound);
  expect((await server.nestegg.status()).checks.find(({ code }) => code === "doctor")?.state).toBe("warn");
  expect((await server.keys()).filter((key) => key.includes(".check-"))).toEqual([]);

  await writeFile(join(server.folder, "bucket", "backups", "hesocial-manual-20200101-000000.duckdb"), "stray");
  const mark = { serverId: "elsewhere", host: "laptop", since: "2026-01-01T00:00:00.000Z", environment: "dev" };
  await server.store.put("backups/hesocial.owner.json", new TextEncoder().encode(JSON.stringify(mark)));
  const live = await open(server.settings.databasePath, "r+");
  for (let block = 0; block < 5; block += 1)
    await live.write(Buffer.from("damage"), 0, 6, 12_288 + 262_144 * block + 999);
  await live.close();
  const ill = await doctor.run(ADMIN);
  expect(faultsOf(ill)).toEqual(["owner", "database"]);
  expect(rowOf(ill, "owner")?.text).toMatch(/marked "dev" by the server on laptop, and this server is "production"/);
  expect(rowOf(ill, "orphans")).toMatchObject({ state: "warning", text: expect.stringContaining("20200101") });
  const checks = (await server.nestegg.status()).checks;
  expect(checks.find(({ code }) => code === "doctor")).toMatchObject({ state: "fail", href: "/settings/doctor" });

  await expect(server.nestegg.backups.remove(ADMIN, { id })).rejects.toMatchObject({ code: "not_owner" });
  const stray = { id: "hesocial-manual-20200101-000000.duckdb" };
  await expect(server.nestegg.backups.adopt(ADMIN, stray)).rejects.toMatchObject({ code: "not_owner" });
  await server.nestegg.storage.takeOver(ADMIN);
  expect(rowOf(await doctor.run(ADMIN), "owner")).toMatchObject({ state: "ok" });
  await server.stop();
});

test("the same server as something else than its path is marked for backs up, and deletes nothing", async () => {
  const first = await servers.start();
  await first.sql("CREATE TABLE t (id INTEGER)");
  const { id } = await first.backUp();
  await first.settled();
  await first.stop();
  // From no environment to one is no contradiction: the mark takes it on.
  const production = await servers.start({
    folder: first.folder,
    environment: { NESTEGG_ENVIRONMENT: "production" },
  });
  expect(faultsOf(await production.nestegg.operate.doctor.run(ADMIN))).toEqual([]);
  await production.stop();
  const copy = await servers.start({ folder: first.folder, environment: { NESTEGG_ENVIRONMENT: "dev" } });
  expect(faultsOf(await copy.nestegg.operate.doctor.run(ADMIN))).toEqual(["owner"]);
  await copy.backUp();
  await expect(copy.nestegg.backups.remove(ADMIN, { id })).rejects.toMatchObject({ code: "not_owner" });
  await copy.stop();
});

test("while the storage is away nothing is said to be in order by a list from before", async () => {
  const server = await servers.start();
  await server.sql("CREATE TABLE t (id INTEGER)");
  const { id } = await server.backUp();
  await server.settled();
  const { doctor } = server.nestegg.operate;
  expect(rowOf(await doctor.run(ADMIN), "orphans")?.state).toBe("ok");
  const bucket = join(server.folder, "bucket");
  await rename(bucket, `${bucket}.away`);
  await writeFile(bucket, "in the way");
  const away = await doctor.run(ADMIN);
  expect(faultsOf(away)).toContain("reach");
  expect(rowOf(away, "orphans")?.state).toBe("skipped");
  expect(rowOf(away, "newest-backup")).toMatchObject({ state: "skipped", text: expect.stringContaining(id) });
  expect(rowOf(away, "verified")).toBeUndefined();
  await rm(bucket);
  await rename(`${bucket}.away`, bucket);
  expect(rowOf(await doctor.run(ADMIN), "newest-backup")?.state).toBe("ok");
  await server.stop();
});
