// @ts-check
// npm run sample -- [--size 200MB] [--seed 1] [--file PATH | --url http://127.0.0.1:3000 --token TOKEN]
// Fills a database with a made-up HeSocial: members, events, registrations, messages. Plain JavaScript, because an
// installation without development dependencies offers it too.
import { mkdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import nextEnv from "@next/env";
import { fillFile } from "./sample/into-file.mjs";
import { fillServer } from "./sample/into-server.mjs";
import { parseArguments, unitsFor } from "./sample/plan.mjs";
import { sampleTables } from "./sample/tables.mjs";

nextEnv.loadEnvConfig(fileURLToPath(new URL("..", import.meta.url)), false, { info: () => {}, error: console.error });

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main() {
  const options = parseArguments(process.argv.slice(2));
  const tables = sampleTables({ seed: options.seed, units: unitsFor(options.bytes) });
  const onTable = (/** @type {{ name: string, rows: number }} */ table) =>
    console.log(`  ${table.rows.toLocaleString("en")} ${table.name} …`);
  const startedAt = Date.now();
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;

  if (options.url) {
    const token = options.token ?? process.env.ADMIN_API_TOKEN;
    if (!token) throw new Error("Give --token, a token with sql:write (Settings, API tokens), or set ADMIN_API_TOKEN.");
    console.log(`Filling the database of ${options.url}`);
    await fillServer({ url: options.url, token, tables, onTable });
    console.log(`Done in ${seconds()}.`);
    return;
  }
  const dataDir = process.env.DATA_DIR || "./data";
  const file = resolve(options.file ?? (process.env.DATABASE_PATH || join(dataDir, "hesocial.duckdb")));
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  console.log(`Filling ${relative(process.cwd(), file) || file}`);
  const storageVersion = process.env.DATABASE_STORAGE_VERSION || "v1.5.0";
  const bytes = await fillFile({ file, storageVersion, tables, onTable });
  console.log(`Done in ${seconds()}: ${(bytes / 1e6).toFixed(1)} MB.`);
}
