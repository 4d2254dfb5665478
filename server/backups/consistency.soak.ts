import { expect, test } from "vitest";
import { startBusyWriters } from "../testing/busy-writers";
import { startRuntime } from "../testing/runtime-fixture";
import { expectConsistentBackup } from "../testing/snapshot-round";

const SNAPSHOTS = 150;

test(`${SNAPSHOTS} backups under load are each the database at one instant`, async () => {
  const server = await startRuntime();
  const writers = await startBusyWriters(server.nestegg.database.app());
  for (let round = 0; round < SNAPSHOTS; round += 1) await expectConsistentBackup(server, writers);
  await writers.stop();
  expect(writers.failures()).toEqual([]);
  console.log(
    `snapshots ${SNAPSHOTS}, transactions confirmed meanwhile ${writers.confirmed()} by the counter alone, bad 0`,
  );
  await server.stop();
  await server.remove();
}, 3_600_000);
