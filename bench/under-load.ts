import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Api } from "../e2e/harness/api";

const ACCOUNTS = 20;
const BALANCE = 1000;

export interface UnderLoad {
  id: string;
  bytes: number;
  backupSeconds: number;
  transfersMeanwhile: number;
  /** Transfers confirmed before the request, found in the copy, begun before the answer: in this order. */
  transfers: { before: number; inCopy: number; after: number };
  sum: number;
  tables: [name: string, rows: number][];
}

/**
 * One backup while transfers go on through POST /api/sql; then the object is fetched by its download link and opened in a DuckDB of its
 * own, which tells what is in it. `file` is where the copy goes.
 */
export async function backUpUnderLoad(api: Api, file: string): Promise<UnderLoad> {
  await api.sql("CREATE OR REPLACE TABLE bench_accounts AS SELECT range AS id, 1000::BIGINT AS balance FROM range(20)");
  await api.sql("CREATE OR REPLACE TABLE bench_transfers (number BIGINT)");
  let confirmed = 0;
  let running = true;
  const writer = (async () => {
    while (running) {
      const number = confirmed + 1;
      await api.transaction([
        `UPDATE bench_accounts SET balance = balance - 1 WHERE id = ${number % ACCOUNTS}`,
        `UPDATE bench_accounts SET balance = balance + 1 WHERE id = ${(number * 7 + 3) % ACCOUNTS}`,
        `INSERT INTO bench_transfers VALUES (${number})`,
      ]);
      confirmed = number;
    }
  })();
  while (confirmed < 50) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = confirmed;
  const startedAt = performance.now();
  const id = await api.backup({ note: "under load" });
  const backupSeconds = (performance.now() - startedAt) / 1000;
  const after = confirmed + 1;
  running = false;
  await writer;
  await download(api, id, file);
  const found = await openCopy(file);
  return {
    id,
    bytes: (await stat(file)).size,
    backupSeconds,
    transfersMeanwhile: after - before - 1,
    transfers: { before, inCopy: found.transfers, after },
    sum: found.sum,
    tables: found.tables,
  };
}

export function printUnderLoad(run: UnderLoad): void {
  const { before, inCopy, after } = run.transfers;
  const whole = before <= inCopy && inCopy <= after && run.sum === ACCOUNTS * BALANCE;
  console.log(
    `\n${run.id}: ${(run.bytes / 1e6).toFixed(0)} MB in ${run.backupSeconds.toFixed(1)} s, ${run.transfersMeanwhile} transfers committed meanwhile`,
  );
  console.log(`Opened in a DuckDB of its own: ${run.tables.map(([name, rows]) => `${name} ${rows}`).join(", ")}`);
  console.log(
    `Transfers confirmed before the request ${before}, in the copy ${inCopy}, begun before the answer ${after}; sum of the balances ${run.sum}`,
  );
  console.log(whole ? "One instant, nothing torn." : "NOT one instant.");
  if (!whole) process.exitCode = 1;
}

async function download(api: Api, id: string, file: string): Promise<void> {
  const answer = await api.request(`/api/admin/backup/${id}/download`, { method: "GET" });
  const link = answer.headers.get("location");
  if (!link) throw new Error(`no link: ${answer.status}`);
  const body = (await fetch(link)).body as ReadableStream<Uint8Array>;
  await pipeline(Readable.fromWeb(body), createWriteStream(file));
}

async function openCopy(file: string): Promise<{ transfers: number; sum: number; tables: [string, number][] }> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  const one = async (sql: string) => Number((await rows(sql))[0]?.[0]);
  const names = (
    await rows("SELECT table_name FROM duckdb_tables() WHERE table_name NOT LIKE 'bench_%' ORDER BY 1")
  ).map(([name]) => String(name));
  const tables: [string, number][] = [];
  for (const name of names) tables.push([name, await one(`SELECT count(*) FROM "${name}"`)]);
  const found = {
    transfers: await one(
      "SELECT max(number) FROM bench_transfers WHERE number = (SELECT count(*) FROM bench_transfers)",
    ),
    sum: await one("SELECT sum(balance) FROM bench_accounts"),
    tables,
  };
  connection.closeSync();
  instance.closeSync();
  return found;
}
