import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBody } from "../read-body";
import { startFaultyProxy } from "../storage/testing/faulty-proxy";
import { startR2Simulator } from "../storage/testing/r2-simulator";
import { bring, makeDatabase } from "../testing/brought-database";
import { ADMIN, startRuntime } from "../testing/runtime-fixture";

test("with R2 refusing, a brought file is kept and can be finished again when R2 takes it; the object has exactly its bytes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-brought-"));
  const simulator = await startR2Simulator();
  const proxy = await startFaultyProxy({ target: simulator.settings });
  const server = await startRuntime({ storage: proxy.settings, look: simulator.settings });
  const { uploads, operations, backups } = server.nestegg;
  try {
    const database = await makeDatabase(join(folder, "brought.duckdb"), 200_000);
    const upload = await bring(uploads, database);
    proxy.inject({ fault: { kind: "forbidden" }, when: (request) => request.verb === "putPart" });
    const failed = await operations.wait((await uploads.finish(ADMIN, { id: upload.id })).operationId);
    expect(failed).toMatchObject({ state: "failed", error: { code: "storage_forbidden" } });
    expect((await backups.list({ fresh: true })).backups).toEqual([]);
    await expect.poll(async () => (await uploads.get(upload.id)).operationId).toBe(null);
    proxy.clear();
    const ended = await operations.wait((await uploads.finish(ADMIN, { id: upload.id })).operationId);
    expect(ended.state).toBe("ok");
    const id = ended.backupId ?? "";
    expect((await readBody(await backups.read(ADMIN, { id }))).equals(database)).toBe(true);
    const keys = (await server.keys()).filter((key) => !key.endsWith("owner.json"));
    expect(keys).toEqual([`backups/${id}`, `backups/${id}.json`]);
  } finally {
    await server.stop().catch(() => undefined);
    await server.remove();
    await proxy.stop();
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
