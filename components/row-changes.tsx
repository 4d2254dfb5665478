"use client";

import { clsx } from "clsx";
import { useState } from "react";
import { formatCount, plural } from "@/components/bytes";
import { byLoss, changeText, isSame, rowDelta, tableName } from "@/components/row-change-words";
import { TABLE_ROLES } from "@/components/table-roles";
import type { TableChange } from "@/server/nestegg-restore";

interface RowChangesProps {
  tables: TableChange[];
  /** `counts`: equal counts may hide other values, which the foot says. */
  compared: "content" | "counts" | "none";
  /** "After restore", "After undo". */
  after: string;
}

/** Live now against what the swap brings; what stays the same is folded away. */
export function RowChanges({ tables, compared, after }: RowChangesProps) {
  const [all, setAll] = useState(false);
  const same = tables.filter(isSame);
  const changed = tables.filter((table) => !isSame(table)).toSorted(byLoss);
  const shown = all ? [...changed, ...same.toSorted(byLoss)] : changed;
  return (
    <>
      {shown.length > 0 ? (
        <table {...TABLE_ROLES.table} aria-label="Row changes" className="w-full max-sm:block">
          <thead {...TABLE_ROLES.group} className="bg-sunken/55 text-xs text-ink-3 max-sm:sr-only">
            <tr {...TABLE_ROLES.row}>
              <th {...TABLE_ROLES.column} className={clsx(HEAD, "text-left sm:pl-[22px]")}>
                Table
              </th>
              <th {...TABLE_ROLES.column} className={clsx(HEAD, "text-right")}>
                Live now
              </th>
              <th {...TABLE_ROLES.column} className={clsx(HEAD, "text-right")}>
                {after}
              </th>
              <th {...TABLE_ROLES.column} className={clsx(HEAD, "text-right sm:pr-[22px]")}>
                Change
              </th>
            </tr>
          </thead>
          <tbody {...TABLE_ROLES.group} className="max-sm:block">
            {shown.map((table) => (
              <Row key={`${table.schema}.${table.name}`} table={table} />
            ))}
          </tbody>
        </table>
      ) : null}
      {same.length > 0 || compared !== "content" ? (
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t border-line px-4 py-3 text-sm text-ink-2 sm:px-[22px]">
          <span>
            {same.length > 0 ? `${plural(same.length, "table")} ${same.length === 1 ? "is" : "are"} the same. ` : null}
            {compared === "counts" ? "Only rows were counted: equal numbers may still hide other values." : null}
            {compared === "none" ? "There is no live database to compare with." : null}
          </span>
          {same.length > 0 ? (
            <button type="button" aria-expanded={all} className="touch-target text-link" onClick={() => setAll(!all)}>
              {all ? "Show changes only" : "Show all"}
            </button>
          ) : null}
        </div>
      ) : null}
    </>
  );
}

const HEAD = "px-4 py-2 font-semibold whitespace-nowrap";
const CELL = "px-4 py-2 align-top max-sm:p-0";

function Row({ table }: { table: TableChange }) {
  const { liveRows, backupRows } = table;
  const same = isSame(table);
  return (
    <tr
      {...TABLE_ROLES.row}
      data-table={tableName(table)}
      data-change={same ? "same" : table.change === "same" ? "schema" : table.change}
      className="border-t border-line max-sm:grid max-sm:grid-cols-[auto_auto_minmax(0,1fr)] max-sm:gap-x-2 max-sm:gap-y-0.5 max-sm:px-4 max-sm:py-2.5"
    >
      <th
        {...TABLE_ROLES.rowHeader}
        className={clsx(CELL, "text-left font-medium [overflow-wrap:anywhere] max-sm:col-span-3 sm:pl-[22px]")}
      >
        {tableName(table)}
        {table.schemaChanges.map((change) => (
          <span key={change} className="block text-sm font-normal text-warn">
            {change}
          </span>
        ))}
      </th>
      <td {...TABLE_ROLES.cell} className={clsx(CELL, "text-right whitespace-nowrap tabular-nums max-sm:text-ink-2")}>
        {liveRows === null ? <span className="text-ink-3">missing</span> : formatCount(liveRows)}
      </td>
      <td
        {...TABLE_ROLES.cell}
        className={clsx(
          CELL,
          "text-right whitespace-nowrap tabular-nums max-sm:text-ink-2 max-sm:before:mr-2 max-sm:before:text-ink-3 max-sm:before:content-['→'/'']",
        )}
      >
        {backupRows === null ? <span className="text-ink-3">missing</span> : formatCount(backupRows)}
      </td>
      <td {...TABLE_ROLES.cell} className={clsx(CELL, "text-right tabular-nums sm:pr-[22px]")}>
        <span className={clsx(same ? "text-ink-3" : "font-semibold", rowDelta(table) < 0 && "text-danger")}>
          {changeText(table)}
        </span>
        <ChangeBar table={table} />
      </td>
    </tr>
  );
}

/** How much of the table comes or goes, for the eye alone: the words beside it say the same. */
function ChangeBar({ table }: { table: TableChange }) {
  const delta = rowDelta(table);
  if (delta === 0) return null;
  const whole = Math.max(table.liveRows ?? 0, table.backupRows ?? 0, 1);
  const share = Math.max(3, Math.round((Math.abs(delta) / whole) * 100));
  return (
    <span aria-hidden="true" className="mt-1 ml-auto block h-1 w-24 overflow-hidden rounded-full bg-quiet-soft">
      <span
        className={clsx("ml-auto block h-full forced-colors:bg-[Highlight]", delta < 0 ? "bg-danger" : "bg-chart")}
        style={{ width: `${share}%` }}
      />
    </span>
  );
}
