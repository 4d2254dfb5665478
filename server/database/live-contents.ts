import type { Session } from "./session";
import { type EngineCall, listTables, qualified, readColumns, readTable, type TableContents } from "./table-contents";

/** A table of the live database; without a digest its values were not read. */
export type LiveTable = Omit<TableContents, "digest"> & { digest: string | null };

/** Counts every table; with `values` it also reads them all, to be compared with a backup's digests. */
export async function readLiveContents(session: Session, options: { values: boolean }): Promise<LiveTable[]> {
  const call: EngineCall = (work) => session.call(work);
  const tables: LiveTable[] = [];
  for (const table of await listTables(call)) {
    if (options.values) {
      tables.push(await readTable(call, table));
      continue;
    }
    const sql = `SELECT count(*) FROM ${qualified(table)}`;
    const [row] = await call(async (connection) => (await connection.runAndReadAll(sql)).getRows());
    const columns = (await readColumns(call, table)).map(({ name, type }) => ({ name, type }));
    tables.push({ schema: table.schema, name: table.name, rows: Number(row?.[0]), digest: null, columns });
  }
  return tables;
}
