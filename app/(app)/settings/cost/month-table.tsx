// biome-ignore-all lint/a11y/noRedundantRoles: older Safari drops a table’s meaning where CSS changes its display.
"use client";

import { formatDollars } from "@/components/dollars";
import { TABLE_ROLES } from "@/components/table-roles";
import type { CostView } from "./cost";

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const GB = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

/** What was used, what of it is free, what is left to pay. */
export function MonthTable({ view: { month, settings } }: { view: CostView }) {
  const { prices } = settings;
  const paid = (used: number, free: number, perMillion: number) =>
    formatDollars((Math.max(0, used - free) * perMillion) / 1e6);
  const rows: [name: string, used: string, free: string, dollars: string][] = [
    [
      "Storage",
      `${GB.format(month.storedGbMonths)} GB-months`,
      GB.format(prices.freeGb),
      formatDollars(month.storageDollars),
    ],
    [
      "Writes and lists (class A)",
      COUNT.format(month.classA),
      COUNT.format(prices.freeClassA),
      paid(month.classA, prices.freeClassA, prices.perMillionClassA),
    ],
    [
      "Reads (class B)",
      COUNT.format(month.classB),
      COUNT.format(prices.freeClassB),
      paid(month.classB, prices.freeClassB, prices.perMillionClassB),
    ],
  ];
  return (
    <div className="overflow-x-auto">
      <table aria-label="Cost of this month" className="w-full text-sm tabular-nums" {...TABLE_ROLES.table}>
        <thead {...TABLE_ROLES.group} className="text-left text-ink-3">
          <tr {...TABLE_ROLES.row}>
            {[month.name, "Used", "Free", "Cost"].map((name) => (
              <th key={name} {...TABLE_ROLES.column} className="py-2 pr-3 font-medium not-first:text-right last:pr-0">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...TABLE_ROLES.group}>
          {rows.map(([name, used, free, dollars]) => (
            <tr key={name} {...TABLE_ROLES.row} className="border-t border-line">
              <th {...TABLE_ROLES.rowHeader} className="py-2 pr-3 text-left font-normal">
                {name}
              </th>
              {[used, free].map((text, index) => (
                <td key={index === 0 ? "used" : "free"} {...TABLE_ROLES.cell} className="py-2 pr-3 text-right">
                  {text}
                </td>
              ))}
              <td {...TABLE_ROLES.cell} className="py-2 text-right">
                {dollars}
              </td>
            </tr>
          ))}
          <tr {...TABLE_ROLES.row} className="border-t border-line font-semibold">
            <th {...TABLE_ROLES.rowHeader} className="py-2 pr-3 text-left">
              So far
            </th>
            <td {...TABLE_ROLES.cell} />
            <td {...TABLE_ROLES.cell} />
            <td {...TABLE_ROLES.cell} className="py-2 text-right">
              {formatDollars(month.totalDollars)}
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
