import { clsx } from "clsx";
import type { ReactNode } from "react";
import { TABLE_ROLES } from "@/components/table-roles";

interface OperationTableProps {
  groups: { label: string; rows: ReactNode }[];
  stale: boolean;
}

export function OperationTable({ groups, stale }: OperationTableProps) {
  return (
    <table
      {...TABLE_ROLES.table}
      aria-label="Activity"
      aria-busy={stale || undefined}
      className={clsx(
        "w-full border-separate border-spacing-0 max-shell:block shell:table-fixed",
        stale && "opacity-60",
      )}
    >
      <thead {...TABLE_ROLES.group} className="max-shell:hidden">
        <tr {...TABLE_ROLES.row} className="bg-sunken/55 text-left text-xs text-ink-3">
          <th {...TABLE_ROLES.column} className={clsx(HEAD, "w-[132px] rounded-tl-card pl-5!")}>
            Started
          </th>
          <th {...TABLE_ROLES.column} className={clsx(HEAD, "w-[34%]")}>
            Run
          </th>
          <th {...TABLE_ROLES.column} className={HEAD}>
            Result
          </th>
          <th {...TABLE_ROLES.column} className={clsx(HEAD, "w-[128px] wide:w-[158px]")}>
            By
          </th>
          <th {...TABLE_ROLES.column} className={clsx(HEAD, "w-[100px] rounded-tr-card pr-5! text-right")}>
            Took
          </th>
        </tr>
      </thead>
      {groups.map((group) => (
        <tbody key={group.label} {...TABLE_ROLES.group} className="max-shell:block">
          <tr {...TABLE_ROLES.row} className="max-shell:block">
            <th
              {...TABLE_ROLES.rowHeader}
              scope="rowgroup"
              colSpan={5}
              className="px-5 pt-2 pb-1.5 text-left text-xs font-semibold text-ink-2 shell:border-t shell:border-line shell:bg-sunken/55 max-shell:block max-shell:px-0.5 max-shell:pt-3"
            >
              {group.label}
            </th>
          </tr>
          {group.rows}
        </tbody>
      ))}
    </table>
  );
}

const HEAD = "px-3 py-2.5 font-semibold whitespace-nowrap";
