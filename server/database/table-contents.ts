import type { DuckDBConnection } from "@duckdb/node-api";
import { quoted } from "./quoted";

export interface TableName {
  catalog: string;
  schema: string;
  name: string;
}

/** What is in one table: two with the same digest, by the same engine version, hold the same rows. */
export interface TableContents {
  schema: string;
  name: string;
  rows: number;
  /** Sum over all rows of the engine's hash of the row, in decimal; the order of rows does not matter. */
  digest: string;
  columns: { name: string; type: string }[];
}

/** Runs one call of the engine: a live session can stop it, a copy just runs it. */
export type EngineCall = <T>(work: (connection: DuckDBConnection) => Promise<T>) => Promise<T>;

export async function listTables(call: EngineCall): Promise<TableName[]> {
  const sql = `SELECT database_name, schema_name, table_name FROM duckdb_tables()
    WHERE database_name = current_database() AND NOT internal AND NOT temporary ORDER BY ALL`;
  const rows = await call(async (connection) => (await connection.runAndReadAll(sql)).getRows());
  return rows.map(([catalog, schema, name]) => ({
    catalog: String(catalog),
    schema: String(schema),
    name: String(name),
  }));
}

/**
 * Reads every stored value of the table. A hash needs them all: `count(*)` alone reads no data at all and finds no damage
 * (0 of 70 in a measurement). A sum, because in an exclusive or two equal rows cancel each other.
 */
export async function readTable(call: EngineCall, table: TableName): Promise<TableContents> {
  const columns = await readColumns(call, table);
  const stored = columns.filter((column) => !column.generated).map(({ name }) => quoted(name));
  const sql = `SELECT count(*), coalesce(sum(hash(${stored.join(", ")})), 0)::VARCHAR FROM ${qualified(table)}`;
  const [row] = await call(async (connection) => (await connection.runAndReadAll(sql)).getRows());
  return {
    schema: table.schema,
    name: table.name,
    rows: Number(row?.[0]),
    digest: String(row?.[1]),
    columns: columns.map(({ name, type }) => ({ name, type })),
  };
}

interface Column {
  name: string;
  type: string;
  /** Computed when read: it has no values in the file, and what fails in it is no damage. */
  generated: boolean;
}

export async function readColumns(call: EngineCall, table: TableName): Promise<Column[]> {
  const rows = await call(async (connection) => {
    const described = await connection.runAndReadAll(
      `SELECT column_name, data_type, column_default IS NOT NULL FROM duckdb_columns() WHERE database_name = current_database()
      AND schema_name = $schema AND table_name = $name ORDER BY column_index`,
      { schema: table.schema, name: table.name },
    );
    return described.getRows();
  });
  const columns: Column[] = [];
  for (const [name, type, mayBeGenerated] of rows) {
    const generated = Boolean(mayBeGenerated) && (await isGenerated(call, table, quoted(String(name))));
    columns.push({ name: String(name), type: String(type), generated });
  }
  return columns;
}

/** No catalog view tells generated columns from defaults; binding an INSERT does, and binding changes nothing. */
async function isGenerated(call: EngineCall, table: TableName, column: string): Promise<boolean> {
  try {
    const sql = `INSERT INTO ${qualified(table)} (${column}) VALUES (NULL)`;
    await call(async (connection) => (await connection.prepare(sql)).destroySync());
    return false;
  } catch (error) {
    return error instanceof Error && error.message.includes("generated column");
  }
}

/** With the catalog: a schema may have the same name as the file, and the engine refuses to guess. */
export function qualified({ catalog, schema, name }: TableName): string {
  return [catalog, schema, name].map(quoted).join(".");
}
