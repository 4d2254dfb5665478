import { DuckDBInstance } from "@duckdb/node-api";

/** "first 300000": which state of the test's database this file holds, from rows that are really read. */
export async function stateOf(path: string): Promise<string> {
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const rows = await connection.runAndReadAll(
      "SELECT (SELECT text FROM history) || ' ' || count(*) || ' ' || (sum(length(text)) / 64)::INTEGER FROM ballast",
    );
    return String(rows.getRows()[0]?.[0]).replace(/ (\d+) \1$/, " $1");
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
