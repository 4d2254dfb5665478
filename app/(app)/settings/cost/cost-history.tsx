// biome-ignore-all lint/a11y/noRedundantRoles: older Safari drops a table’s meaning where CSS changes its display.
"use client";

import { Card } from "@/components/card";
import { formatDollars } from "@/components/dollars";
import { TABLE_ROLES } from "@/components/table-roles";
import type { CostView } from "./cost";

const COUNT = new Intl.NumberFormat("en-US");
const GB = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

export function CostHistory({ history }: Pick<CostView, "history">) {
  if (history.length === 0) {
    return <Card title="Months before" sub="None yet: counting began this month. Up to twelve are kept." />;
  }
  return (
    <Card title="Months before" sub="At the prices below. Months are the store’s, in UTC.">
      <div className="overflow-x-auto">
        <table aria-label="Cost of the months before" className="w-full text-sm tabular-nums" {...TABLE_ROLES.table}>
          <thead {...TABLE_ROLES.group} className="text-left text-ink-3">
            <tr {...TABLE_ROLES.row}>
              {["Month", "GB-months", "Class A", "Class B", "Cost"].map((name) => (
                <th key={name} {...TABLE_ROLES.column} className="py-2 pr-3 font-medium not-first:text-right last:pr-0">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody {...TABLE_ROLES.group}>
            {history.map((month) => (
              <tr key={month.name} {...TABLE_ROLES.row} className="border-t border-line">
                <th {...TABLE_ROLES.rowHeader} className="py-2 pr-3 text-left font-normal">
                  {month.name}
                </th>
                <td {...TABLE_ROLES.cell} className="py-2 pr-3 text-right">
                  {GB.format(month.storedGbMonths)}
                </td>
                <td {...TABLE_ROLES.cell} className="py-2 pr-3 text-right">
                  {COUNT.format(month.classA)}
                </td>
                <td {...TABLE_ROLES.cell} className="py-2 pr-3 text-right">
                  {COUNT.format(month.classB)}
                </td>
                <td {...TABLE_ROLES.cell} className="py-2 text-right">
                  {formatDollars(month.totalDollars)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
