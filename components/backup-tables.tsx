"use client";

import { clsx } from "clsx";
import { useState } from "react";
import { formatCount } from "@/components/bytes";
import { Icon } from "@/components/icon";
import type { TableRows } from "@/server/nestegg";

type Column = "name" | "rows" | "change";

interface BackupTablesProps {
  tables: TableRows[];
  /** Rows in the live database now; null while it is not open. */
  live: (TableRows & { estimated?: true | undefined })[] | null;
}

interface Line {
  name: string;
  rows: number;
  live: number | null;
  /** The live table is too big to be counted. */
  estimated: boolean;
}

export function BackupTables({ tables, live }: BackupTablesProps) {
  const [sort, setSort] = useState<{ by: Column; down: boolean }>({ by: "name", down: false });
  const lines = tables.map((table): Line => {
    const now = live?.find((other) => other.schema === table.schema && other.name === table.name);
    return {
      name: table.schema === "main" ? table.name : `${table.schema}.${table.name}`,
      rows: table.rows,
      live: now?.rows ?? null,
      estimated: now?.estimated ?? false,
    };
  });
  const order = (a: Line, b: Line) =>
    sort.by === "name"
      ? a.name.localeCompare(b.name)
      : sort.by === "rows"
        ? a.rows - b.rows
        : Math.abs((a.live ?? 0) - a.rows) - Math.abs((b.live ?? 0) - b.rows);
  const sorted = lines.toSorted((a, b) => (sort.down ? -order(a, b) : order(a, b)));
  const head = (by: Column, label: string) => (
    <th
      scope="col"
      aria-sort={sort.by === by ? (sort.down ? "descending" : "ascending") : "none"}
      className={clsx("px-4 py-2 font-semibold whitespace-nowrap", by === "name" ? "text-left" : "text-right")}
    >
      <button
        type="button"
        className="inline-flex items-center gap-1 font-semibold hover:text-ink"
        onClick={() => setSort({ by, down: sort.by === by ? !sort.down : by !== "name" })}
      >
        {label}
        {sort.by === by ? <Icon name={sort.down ? "chevron-down" : "chevron-up"} size={14} /> : null}
      </button>
    </th>
  );
  return (
    <div className="card overflow-x-auto">
      <table aria-label="Tables" className="w-full">
        <thead className="bg-sunken/55 text-xs text-ink-3">
          <tr>
            {head("name", "Table")}
            {head("rows", "Rows")}
            {live ? head("change", "Live now") : null}
          </tr>
        </thead>
        <tbody>
          {sorted.map((line) => (
            <tr key={line.name} className="border-t border-line">
              <th scope="row" className="px-4 py-2 text-left font-medium [overflow-wrap:anywhere]">
                {line.name}
              </th>
              <td className="px-4 py-2 text-right tabular-nums">{formatCount(line.rows)}</td>
              {live ? <td className="px-4 py-2 text-right tabular-nums">{liveText(line)}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What came or went since: "+1,204", "about −3,000", "same", or that the table is gone. */
function liveText({ rows, live, estimated }: Line) {
  if (live === null) return <span className="font-medium text-danger">table is gone</span>;
  if (live === rows) return <span className="text-ink-3">same</span>;
  const change = live > rows ? `+${formatCount(live - rows)}` : `−${formatCount(rows - live)}`;
  return estimated ? `about ${change}` : change;
}
