import type { LiveTable } from "../database/live-contents";
import type { TableChange } from "../nestegg-restore";

interface SideTable {
  schema: string;
  name: string;
  rows: number;
  digest?: string | null;
  columns?: { name: string; type: string }[];
}

/**
 * What each table becomes when `after` takes the place of `before`, changed ones first. Digests count only where both sides have
 * one (the caller leaves them out where two engine versions would make them differ).
 */
export function compareTables(before: LiveTable[], after: SideTable[]): TableChange[] {
  const key = ({ schema, name }: { schema: string; name: string }) => JSON.stringify([schema, name]);
  const later = new Map(after.map((table) => [key(table), table]));
  const earlier = new Set(before.map(key));
  const changes = before.map((table) => compareOne(table, later.get(key(table))));
  for (const table of after) {
    if (earlier.has(key(table))) continue;
    const { schema, name, rows } = table;
    changes.push({ schema, name, liveRows: null, backupRows: rows, change: "back", schemaChanges: [] });
  }
  const weight = (change: TableChange) => (change.change === "same" && change.schemaChanges.length === 0 ? 1 : 0);
  return changes.sort((a, b) => weight(a) - weight(b) || (key(a) < key(b) ? -1 : 1));
}

function compareOne(live: LiveTable, backup: SideTable | undefined): TableChange {
  const { schema, name, rows: liveRows } = live;
  if (!backup) return { schema, name, liveRows, backupRows: null, change: "gone", schemaChanges: [] };
  const schemaChanges = backup.columns ? compareColumns(live.columns, backup.columns) : [];
  return { schema, name, liveRows, backupRows: backup.rows, change: changeOf(live, backup), schemaChanges };
}

function changeOf(live: LiveTable, backup: SideTable): TableChange["change"] {
  if (live.rows < backup.rows) return "added";
  if (live.rows > backup.rows) return "removed";
  return live.digest && backup.digest && live.digest !== backup.digest ? "changed" : "same";
}

function compareColumns(live: SideTable["columns"] = [], backup: SideTable["columns"] = []): string[] {
  const types = new Map(live.map(({ name, type }) => [name, type]));
  const kept = new Set(backup.map(({ name }) => name));
  const sentences = live.filter(({ name }) => !kept.has(name)).map(({ name, type }) => `column ${name} ${type} goes`);
  for (const { name, type } of backup) {
    const now = types.get(name);
    if (now === undefined) sentences.push(`column ${name} ${type} comes back`);
    else if (now !== type) sentences.push(`column ${name} is ${type} again, ${now} now`);
  }
  if (sentences.length === 0 && live.map(({ name }) => name).join() !== backup.map(({ name }) => name).join())
    sentences.push("its columns are in another order");
  return sentences;
}
