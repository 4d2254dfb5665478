import { expect, test } from "vitest";
import { startBusyWriters } from "../testing/busy-writers";
import { startRuntime } from "../testing/runtime-fixture";
import { expectConsistentBackup } from "../testing/snapshot-round";
import { tellProgress } from "../testing/soak-run";

const SNAPSHOTS = Number(process.env.NESTEGG_SOAK_SNAPSHOTS ?? 300);
/** Some 40 MB beside what the writers touch: parts that every backup takes over from the one before. */
const BALLAST_ROWS = 700_000;

test(`${SNAPSHOTS} backups under load, parts taken over from the one before, are each the database at one instant`, async () => {
  const server = await startRuntime();
  const writers = await startBusyWriters(server.nestegg.database.app(), { ballastRows: BALLAST_ROWS });
  let sentBytes = 0;
  let reusedBytes = 0;
  for (let round = 0; round < SNAPSHOTS; round += 1) {
    const backup = await expectConsistentBackup(server, writers);
    sentBytes += backup.sentBytes;
    reusedBytes += backup.reusedBytes;
    tellProgress("snapshots", round + 1, SNAPSHOTS);
  }
  await writers.stop();
  expect(writers.failures()).toEqual([]);
  expect(reusedBytes).toBeGreaterThan(0);
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  console.log(
    `snapshots ${SNAPSHOTS}, ${megabytes(sentBytes)} sent and ${megabytes(reusedBytes)} taken over, transactions confirmed meanwhile ${writers.confirmed()} by the counter alone, bad 0`,
  );
  await server.stop();
  await server.remove();
}, 7_200_000);
