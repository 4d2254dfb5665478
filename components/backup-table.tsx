import { clsx } from "clsx";
import type { ReactNode } from "react";
import { SelectBox } from "@/components/backup-row";
import { Icon } from "@/components/icon";
import { TABLE_ROLES } from "@/components/table-roles";

export type BackupSort = "newest" | "oldest" | "largest" | "smallest";

export interface BackupTableGroup {
  /** Null draws no heading. */
  label: string | null;
  /** Null where the group goes on beyond this page. */
  count: string | null;
  rows: ReactNode;
}

interface BackupTableProps {
  /** All that match, not only this page's. */
  rowCount: number;
  sort: BackupSort;
  onSort: (sort: BackupSort) => void;
  /** Null where nothing may be selected. */
  selectAll: { state: "none" | "some" | "all"; onChange: (selected: boolean) => void } | null;
  groups: BackupTableGroup[];
  /** Old rows that are shown while new ones are asked for. */
  stale: boolean;
}

/** A table on wide screens, cards below; each group is a row group with its own heading. */
export function BackupTable({ rowCount, sort, onSort, selectAll, groups, stale }: BackupTableProps) {
  const columns = selectAll ? 6 : 5;
  return (
    <table
      {...TABLE_ROLES.table}
      aria-label="Backups"
      aria-rowcount={rowCount + 1}
      aria-busy={stale || undefined}
      className={clsx(
        "w-full border-separate border-spacing-0 max-shell:block shell:table-fixed",
        stale && "opacity-60",
      )}
    >
      <thead {...TABLE_ROLES.group} className="max-shell:hidden">
        <tr {...TABLE_ROLES.row} aria-rowindex={1} className="bg-sunken/55 text-left text-xs text-ink-3">
          {selectAll ? (
            <th {...TABLE_ROLES.column} className="w-12 rounded-tl-card py-1.5 pl-2">
              <SelectBox
                label="Select all on this page"
                checked={selectAll.state === "all"}
                mixed={selectAll.state === "some"}
                onChange={selectAll.onChange}
              />
            </th>
          ) : null}
          <SortColumn
            label="Backup"
            up="oldest"
            down="newest"
            sort={sort}
            onSort={onSort}
            className={selectAll ? "" : "rounded-tl-card pl-5"}
          />
          <th {...TABLE_ROLES.column} className={clsx(HEAD, "w-[168px] wide:w-[176px]")}>
            State
          </th>
          <SortColumn
            label="Size"
            up="smallest"
            down="largest"
            sort={sort}
            onSort={onSort}
            className="w-[104px] wide:w-[130px]"
          />
          <th {...TABLE_ROLES.column} className={clsx(HEAD, "w-[116px] wide:w-[142px]")}>
            Age
          </th>
          <th {...TABLE_ROLES.column} className={clsx(HEAD, "w-[160px] rounded-tr-card")}>
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      {groups.map((group) => (
        <tbody key={group.label ?? "all"} {...TABLE_ROLES.group} className="max-shell:block">
          {group.label === null ? null : (
            <tr {...TABLE_ROLES.row} className="max-shell:block">
              <th
                {...TABLE_ROLES.rowHeader}
                scope="rowgroup"
                colSpan={columns}
                className="px-5 pt-2 pb-1.5 text-left text-xs font-semibold text-ink-2 shell:border-t shell:border-line shell:bg-sunken/55 max-shell:block max-shell:px-0.5 max-shell:pt-3"
              >
                {group.label}
                {group.count === null ? null : <span className="ml-2 font-medium text-ink-3">{group.count}</span>}
              </th>
            </tr>
          )}
          {group.rows}
        </tbody>
      ))}
    </table>
  );
}

const HEAD = "px-3 py-2.5 font-semibold whitespace-nowrap";

interface SortColumnProps {
  label: string;
  up: BackupSort;
  down: BackupSort;
  sort: BackupSort;
  onSort: (sort: BackupSort) => void;
  className: string;
}

function SortColumn({ label, up, down, sort, onSort, className }: SortColumnProps) {
  const direction = sort === down ? "descending" : sort === up ? "ascending" : "none";
  return (
    <th {...TABLE_ROLES.column} aria-sort={direction} className={clsx(HEAD, className)}>
      <button
        type="button"
        className={clsx(
          "-mx-1.5 -my-1 inline-flex items-center gap-1 rounded-sm px-1.5 py-1 font-semibold hover:text-ink",
          direction !== "none" && "text-ink",
        )}
        onClick={() => onSort(sort === down ? up : down)}
      >
        {label}
        {direction === "none" ? null : (
          <Icon name={direction === "descending" ? "chevron-down" : "chevron-up"} size={14} />
        )}
      </button>
    </th>
  );
}
