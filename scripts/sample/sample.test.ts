import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fillFile } from "./into-file.mjs";
import { parseArguments, unitsFor } from "./plan.mjs";
import { sampleTables, TABLE_NAMES } from "./tables.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nestegg-sample-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fill = (name: string, seed = 1) =>
  fillFile({
    file: join(folder, name),
    storageVersion: "v1.5.0",
    tables: sampleTables({ seed, units: 20 }),
    onTable: () => {},
  });

async function contentOf(name: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(join(folder, name), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const hashes: unknown[] = [];
  for (const table of TABLE_NAMES) {
    const answer = await connection.runAndReadAll(`SELECT count(*), sum(hash(t)) FROM ${table} AS t`);
    hashes.push(...answer.getRowsJson());
  }
  connection.closeSync();
  instance.closeSync();
  return hashes;
}

describe("the sample", () => {
  it("is the same for the same seed and another for another", async () => {
    await fill("a.duckdb");
    await fill("b.duckdb");
    await fill("c.duckdb", 2);
    const first = await contentOf("a.duckdb");
    expect(first.map((row) => String((row as unknown[])[0]))).toEqual(["240", "20", "480", "1200"]);
    expect(await contentOf("b.duckdb")).toEqual(first);
    expect(await contentOf("c.duckdb")).not.toEqual(first);
  });

  it("does not depend on how it is cut into batches", async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    for (const table of sampleTables({ seed: 7, units: 20 })) {
      await connection.run(table.create);
      for (let from = 1; from <= table.rows; from += 151)
        await connection.run(table.insert(from, Math.min(table.rows, from + 150)));
    }
    const inSmall = await connection.runAndReadAll("SELECT sum(hash(t)) FROM messages AS t");
    for (const table of [...TABLE_NAMES].reverse()) await connection.run(`DROP TABLE ${table}`);
    for (const table of sampleTables({ seed: 7, units: 20 })) {
      await connection.run(table.create);
      await connection.run(table.insert(1, table.rows));
    }
    const atOnce = await connection.runAndReadAll("SELECT sum(hash(t)) FROM messages AS t");
    expect(inSmall.getRowsJson()).toEqual(atOnce.getRowsJson());
    connection.closeSync();
    instance.closeSync();
  });

  it("leaves a file alone that has such tables", async () => {
    await fill("a.duckdb");
    const before = await contentOf("a.duckdb");
    await expect(fill("a.duckdb", 2)).rejects.toThrow("has a table");
    expect(await contentOf("a.duckdb")).toEqual(before);
  });

  it("says what to do about a file that another process holds", async () => {
    const file = join(folder, "held.duckdb");
    const script = `import("@duckdb/node-api").then(async ({ DuckDBInstance }) => {
      globalThis.held = await DuckDBInstance.create(${JSON.stringify(file)});
      console.log("held"); setInterval(() => {}, 1000); })`;
    const holder = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await new Promise((resolve) => holder.stdout.once("data", resolve));
      await expect(fill("held.duckdb")).rejects.toThrow(/open in another process[\s\S]*--url/);
    } finally {
      holder.kill("SIGKILL");
    }
  });
});

describe("its arguments", () => {
  it("are a size from 10MB to 10GB, a seed and one place", () => {
    expect(parseArguments(["--size", "1.5gb", "--seed=7"])).toMatchObject({
      bytes: 1.5e9,
      seed: 7,
      file: null,
      url: null,
    });
    expect(parseArguments([])).toMatchObject({ bytes: 2e8, seed: 1 });
    expect(() => parseArguments(["--size", "9MB"])).toThrow("10MB to 10GB");
    expect(() => parseArguments(["--size", "11GB"])).toThrow("10MB to 10GB");
    expect(() => parseArguments(["--sise", "1GB"])).toThrow("not known");
    expect(() => parseArguments(["--file", "a", "--url", "b"])).toThrow("not both");
    expect(() => parseArguments(["--seed", "x"])).toThrow("whole number");
  });

  it("become more events for more bytes", () => {
    expect(unitsFor(1e9)).toBeGreaterThan(4 * unitsFor(2e8));
  });
});
