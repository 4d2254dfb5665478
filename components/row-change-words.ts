import { formatCount, plural } from "@/components/bytes";
import type { TableChange } from "@/server/nestegg-restore";

export function tableName(table: Pick<TableChange, "schema" | "name">): string {
  return table.schema === "main" ? table.name : `${table.schema}.${table.name}`;
}

/** Rows that come (positive) or go with the swap. */
export function rowDelta(table: TableChange): number {
  return (table.backupRows ?? 0) - (table.liveRows ?? 0);
}

export function signedCount(count: number): string {
  return count < 0 ? `−${formatCount(-count)}` : `+${formatCount(count)}`;
}

/** "−7,335", "+420, table comes back", "other values", "same". */
export function changeText(table: TableChange): string {
  const delta = rowDelta(table);
  if (table.change === "back") return `${signedCount(delta)}, table comes back`;
  if (table.change === "gone") return `${signedCount(delta)}, table goes`;
  if (delta !== 0) return `${signedCount(delta)}`;
  if (table.change === "changed") return "other values";
  return table.schemaChanges.length > 0 ? "other columns" : "same";
}

/** What is lost first, then what changes otherwise; equal ones by name. */
export function byLoss(a: TableChange, b: TableChange): number {
  const weight = (table: TableChange) => (table.change === "gone" ? -Infinity : rowDelta(table));
  return weight(a) === weight(b) ? tableName(a).localeCompare(tableName(b)) : weight(a) < weight(b) ? -1 : 1;
}

export function isSame(table: TableChange): boolean {
  return table.change === "same" && table.schemaChanges.length === 0;
}

/** "3 tables change", with what that means in rows: the sentence above the table. */
export function changesSentence(tables: TableChange[]): string {
  const changed = tables.filter((table) => !isSame(table));
  if (changed.length === 0) return "No table changes.";
  const going = changed.reduce((sum, table) => sum + Math.max(0, -rowDelta(table)), 0);
  const coming = changed.reduce((sum, table) => sum + Math.max(0, rowDelta(table)), 0);
  const parts = [
    going > 0 ? `${plural(going, "row")} ${going === 1 ? "goes" : "go"}` : null,
    coming > 0 ? `${plural(coming, "row")} ${coming === 1 ? "comes" : "come"} back` : null,
  ].filter((part) => part !== null);
  const head = `${plural(changed.length, "table")} ${changed.length === 1 ? "changes" : "change"}`;
  return parts.length === 0 ? `${head}.` : `${head}: ${parts.join(", ")}.`;
}
