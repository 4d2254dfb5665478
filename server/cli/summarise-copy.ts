import type { Brought } from "../backups/bring-backup";
import { formatSize } from "../backups/format-size";

/** "142MB, 12 tables with 3,400,120 rows, as of 2024-12-30T15:30:00.000Z; 8.4MB fetched, the rest was here already". */
export function summariseCopy({ manifest, inspection, takenAt, fetchedBytes, reusedBytes }: Brought): string {
  const { tables } = inspection;
  const rows = tables.reduce((sum, { rows: count }) => sum + count, 0);
  const fetched = reusedBytes > 0 ? `; ${formatSize(fetchedBytes)} fetched, the rest was here already` : "";
  return `${formatSize(manifest.file.bytes)}, ${tables.length} ${tables.length === 1 ? "table" : "tables"} with ${rows.toLocaleString("en-US")} rows, as of ${takenAt}${fetched}`;
}

/** The same for scripts. */
export function copyFacts({
  manifest,
  inspection,
  takenAt,
  fetchedBytes,
  reusedBytes,
}: Brought): Record<string, unknown> {
  const tables = inspection.tables.map(({ schema, name, rows }) => ({ schema, name, rows }));
  return { id: manifest.id, takenAt, bytes: manifest.file.bytes, fetchedBytes, reusedBytes, tables };
}
