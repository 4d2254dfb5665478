import type { DuckDBConnection } from "@duckdb/node-api";
import { quoted } from "./quoted";
import type { Session } from "./session";
import type { DatabasePulse, DatabaseStatistics } from "./types";

/** Counting reads no data but visits every row group: exact up to here, the engine's own estimate above. */
const COUNT_UP_TO_ROWS = 50_000_000;

export async function readStatistics(session: Session, pulse: () => DatabasePulse): Promise<DatabaseStatistics> {
  const [about] = await rows(session, ABOUT);
  const found = await rows(session, TABLES);
  const tables: DatabaseStatistics["tables"] = [];
  for (const [schema, name, estimate, columns] of found) {
    const table = { schema: String(schema), name: String(name), columns: Number(columns) };
    if (Number(estimate) > COUNT_UP_TO_ROWS) {
      tables.push({ ...table, rows: Number(estimate), estimated: true });
      continue;
    }
    const [count] = await rows(session, `SELECT count(*) FROM ${quoted(table.schema)}.${quoted(table.name)}`);
    tables.push({ ...table, rows: Number(count?.[0]) });
  }
  return { ...pulse(), engineVersion: String(about?.[0]), storageVersion: String(about?.[1]), tables };
}

const ABOUT = `SELECT version(), tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()`;
const TABLES = `
  SELECT schema_name, table_name, estimated_size, column_count FROM duckdb_tables()
  WHERE database_name = current_database() AND NOT internal AND NOT temporary ORDER BY ALL`;

function rows(session: Session, sql: string): Promise<unknown[][]> {
  return session.call(async (connection: DuckDBConnection) => (await connection.run(sql)).getRowsJson());
}
