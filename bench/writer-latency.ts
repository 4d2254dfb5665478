import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "../e2e/harness/api";
import { row, type Spread, spreadOf } from "./numbers";

/** Between two commits: an app that writes some hundred times a second, not one that saturates the machine. */
const PAUSE_MS = 2;

export interface WriterLatency {
  quiet: Spread;
  backup: Spread;
  backupSeconds: number;
}

/**
 * How long a committed INSERT through POST /api/sql takes, with no backup and while one is taken and sent; one writer, one
 * run, so that both halves see the same machine.
 */
export async function measureWriterLatency(api: Api, quietSeconds: number): Promise<WriterLatency> {
  await api.sql("CREATE TABLE IF NOT EXISTS bench_writes (id BIGINT, note VARCHAR)");
  // Settles the first requests' compilation; not counted.
  await writeWhile(api, untilPassed(1));
  const quiet = await writeWhile(api, untilPassed(quietSeconds));
  const startedAt = performance.now();
  let backupSeconds = 0;
  const backup = api.backup({ note: "bench: writer latency" }).finally(() => {
    backupSeconds = (performance.now() - startedAt) / 1000;
  });
  const during = await writeWhile(api, () => backupSeconds === 0);
  await backup;
  return { quiet: spreadOf(quiet), backup: spreadOf(during), backupSeconds };
}

export function printWriterLatency({ quiet, backup, backupSeconds }: WriterLatency): void {
  console.log(`\nWriter latency, ms per committed INSERT over HTTP (one writer, ${PAUSE_MS} ms pause)`);
  console.log(row("", ["p50", "p99", "max", "commits"]));
  console.log(row("no backup", [quiet.p50, quiet.p99, quiet.max, String(quiet.count)]));
  console.log(
    row(`during a backup (${backupSeconds.toFixed(1)} s)`, [backup.p50, backup.p99, backup.max, String(backup.count)]),
  );
  const ratios = [backup.p50 / quiet.p50, backup.p99 / quiet.p99, backup.max / quiet.max];
  console.log(
    row(
      "ratio",
      ratios.map((ratio) => `${ratio.toFixed(2)} x`),
    ),
  );
}

async function writeWhile(api: Api, goesOn: () => boolean): Promise<number[]> {
  const latencies: number[] = [];
  while (goesOn()) {
    const startedAt = performance.now();
    await api.sql("INSERT INTO bench_writes VALUES (?, ?)", [latencies.length, "a short note of one line"]);
    latencies.push(performance.now() - startedAt);
    await sleep(PAUSE_MS);
  }
  return latencies;
}

function untilPassed(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() < end;
}
