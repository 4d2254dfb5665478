import { afterEach, expect, test } from "vitest";
import { startR2Simulator } from "../storage/testing/r2-simulator";
import { startBusyWriters } from "../testing/busy-writers";
import { type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";
import { expectConsistentBackup } from "../testing/snapshot-round";

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Some 35 MB, four parts, that stay as they are, so that each backup but the first takes parts over from the one before. */
const BALLAST_ROWS = 800_000;

async function backUpUnderLoad(server: RuntimeFixture, rounds: number): Promise<void> {
  undo.push(server.remove, () => server.stop());
  const writers = await startBusyWriters(server.nestegg.database.app(), { ballastRows: BALLAST_ROWS });
  undo.push(writers.stop);
  let reusedBytes = 0;
  for (let round = 0; round < rounds; round += 1)
    reusedBytes += (await expectConsistentBackup(server, writers)).reusedBytes;
  await writers.stop();
  expect(writers.failures()).toEqual([]);
  expect(reusedBytes > 0).toBe(rounds > 1);
}

test("every backup taken while transfers, bulk inserts and DDL go on is the database at one instant", async () => {
  await backUpUnderLoad(await startRuntime(), 3);
}, 240_000);

test("the same on R2, where sending is slower and the hold longer", async () => {
  const simulator = await startR2Simulator();
  undo.push(simulator.stop);
  await backUpUnderLoad(await startRuntime({ storage: simulator.settings }), 2);
}, 240_000);

test("the same when the write-ahead log outgrows its limit and the rest of the snapshot is set aside", async () => {
  const server = await startRuntime({ holdLimit: { walBytes: 1, afterDdlMs: 60_000 } });
  await backUpUnderLoad(server, 1);
  const { operations } = await server.nestegg.operations.list({ limit: 10, kinds: ["backup"], states: ["ok"] });
  expect(Math.max(...operations.map((operation) => Number(operation.detail.spilledBytes ?? 0)))).toBeGreaterThan(0);
}, 240_000);
