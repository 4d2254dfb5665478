// @ts-check
import { setTimeout as sleep } from "node:timers/promises";
import { CREATE_INDEX } from "./tables.mjs";

/** @typedef {import("./tables.mjs").SampleTable} SampleTable */

/** A second or so each, so that other writers and checkpoints get their turn. */
const BATCH_ROWS = 50_000;
const TRIES = 5;

/**
 * Writes the tables through a running server's POST /api/sql.
 * @param {{ url: string, token: string, tables: SampleTable[], onTable: (table: SampleTable) => void }} input
 */
export async function fillServer({ url, token, tables, onTable }) {
  for (const table of tables) {
    onTable(table);
    await send(table.create);
    for (let from = 1; from <= table.rows; from += BATCH_ROWS) {
      await send(table.insert(from, Math.min(table.rows, from + BATCH_ROWS - 1)));
    }
  }
  await send(CREATE_INDEX);

  /** @param {string} sql */
  async function send(sql) {
    for (let tries = 1; ; tries += 1) {
      const answer = await fetch(`${url}/api/sql`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ sql }),
      });
      if (answer.ok) return void (await answer.text());
      const wait = Number(answer.headers.get("retry-after"));
      // Only where the server says so: a statement that timed out would time out again, and a lost reply may be a done insert.
      if (answer.status === 503 && wait > 0 && tries < TRIES) await sleep(wait * 1000);
      else throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
    }
  }
}
