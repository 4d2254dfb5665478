import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "../e2e/harness/api";
import { row, type Spread, spreadOf } from "./numbers";
import { restoreOnce } from "./restore";

const PAUSE_MS = 2;

export interface GateClosed {
  bytes: number;
  /** What each run says of itself: from the first refused write to the reopened gate, ms. */
  gate: Spread;
  /** What one writer felt: its longest INSERT during each restore, ms. */
  longest: Spread;
  quiet: Spread;
  writes: number;
  failed: number;
}

/** The same backup restored again and again while one writer goes on through POST /api/sql. */
export async function measureGateClosed(api: Api, restores: number): Promise<GateClosed> {
  const create = "CREATE TABLE IF NOT EXISTS bench_writes (id BIGINT, note VARCHAR)";
  await api.sql(create);
  const id = await api.backup({ note: "bench: gate" }, "?verify=true");
  let latencies: number[] = [];
  let writes = 0;
  let failed = 0;
  let running = true;
  const writer = (async () => {
    while (running) {
      const startedAt = performance.now();
      await api.sql("INSERT INTO bench_writes VALUES (?, ?)", [writes, "a short note of one line"]).then(
        () => (writes += 1),
        () => (failed += 1),
      );
      latencies.push(performance.now() - startedAt);
      await sleep(PAUSE_MS);
    }
  })();
  const takeLatencies = () => latencies.splice(0);
  await sleep(1_000);
  takeLatencies();
  await sleep(3_000);
  const quiet = spreadOf(takeLatencies());
  const gate: number[] = [];
  const longest: number[] = [];
  for (let restore = 0; restore < restores; restore += 1) {
    takeLatencies();
    gate.push((await restoreOnce(api, id)).gateClosedMs);
    longest.push(Math.max(...takeLatencies()));
  }
  running = false;
  await writer;
  latencies = [];
  const { body } = await api.request(`/api/admin/backup/${id}`);
  return { bytes: body.backup.bytes, gate: spreadOf(gate), longest: spreadOf(longest), quiet, writes, failed };
}

export function printGateClosed({ bytes, gate, longest, quiet, writes, failed }: GateClosed): void {
  console.log(
    `\nWrites pause during a restore, ms; ${gate.count} restores of ${(bytes / 1e6).toFixed(0)} MB, one writer over HTTP, ${writes} commits, ${failed} refused`,
  );
  console.log(row("", ["p50", "max"]));
  console.log(row("gate closed", [gate.p50, gate.max]));
  console.log(row("the writer's longest", [longest.p50, longest.max]));
  console.log(row("its INSERT when quiet", [quiet.p50, quiet.max]));
}
