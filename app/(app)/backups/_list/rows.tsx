"use client";

import { useUser } from "@/app/(app)/_shell/user";
import { CancelRun } from "@/app/(app)/activity/_runs/cancel-run";
import { BackupRow } from "@/components/backup-row";
import { BackupTable, type BackupTableGroup } from "@/components/backup-table";
import { plural } from "@/components/bytes";
import { groupRows } from "@/components/row-groups";
import { useMoment } from "@/components/time";
import type { BackupList } from "@/server/nestegg";
import type { AskBackup } from "../_actions/backup-dialogs";
import type { StorageFacts } from "../_actions/snippets";
import type { BackupActions } from "../_actions/use-backup-actions";
import { type BackupSort, type ListView, PAGE_SIZE } from "./list-view";
import type { ListRow } from "./merge-runs";
import { RowActions } from "./row-actions";
import type { Selection } from "./use-selection";

interface RowsProps {
  rows: ListRow[];
  list: BackupList;
  view: ListView;
  engine: string;
  storage: StorageFacts;
  stale: boolean;
  selection: Selection | null;
  actions: BackupActions;
  ask: AskBackup;
  onSort: (sort: BackupSort) => void;
}

export function Rows(props: RowsProps) {
  const { rows, list, view, selection, actions, ask } = props;
  const { canAdmin } = useUser();
  const moment = useMoment();
  const offset = view.cursors.length * PAGE_SIZE;
  const selecting = (selection?.selected.length ?? 0) > 0;

  const draw = (row: ListRow, index: number) => {
    const { backup, operation } = row;
    const { id } = backup;
    return (
      <BackupRow
        key={row.key}
        backup={backup}
        operation={operation}
        engine={props.engine}
        rowIndex={offset + index + 2}
        selected={selection?.has(id) ?? false}
        selecting={selecting}
        onSelect={selection ? (on, range) => selection.toggle(id, on, range) : null}
        error={actions.errors[id] ?? null}
        onDismissError={() => actions.dismiss(id)}
        undo={
          canAdmin && backup.state === "deleting" ? (
            <button
              type="button"
              aria-label={`Undo delete ${id}`}
              className="touch-target text-link text-sm"
              onClick={() => void actions.undelete(id)}
            >
              Undo
            </button>
          ) : null
        }
        actions={
          backup.state === "creating" && operation ? (
            <CancelRun operation={operation} name={`Cancel backup ${id}`.trim()} />
          ) : (
            <RowActions
              backup={backup}
              storage={props.storage}
              actions={actions}
              ask={ask}
              onSelect={() => selection?.toggle(id, true, false)}
            />
          )
        }
      />
    );
  };

  const byTime = view.sort === "newest" || view.sort === "oldest";
  const groups: BackupTableGroup[] = byTime
    ? groupRows(rows, (row) => row.backup.timestamp, moment).map((group, at, all) => {
        const cut = (at === 0 && offset > 0) || (at === all.length - 1 && list.nextCursor !== null);
        return {
          label: group.label,
          count: cut ? null : plural(group.rows.length, "backup"),
          rows: group.rows.map((row) => draw(row, rows.indexOf(row))),
        };
      })
    : [{ label: null, count: null, rows: rows.map(draw) }];

  const ticked = selection?.selected.length ?? 0;
  const open = list.backups.filter((backup) => backup.state !== "deleting").length;
  return (
    <BackupTable
      rowCount={list.matching}
      sort={view.sort}
      onSort={props.onSort}
      stale={props.stale}
      groups={groups}
      selectAll={
        selection
          ? { state: ticked === 0 ? "none" : ticked >= open ? "all" : "some", onChange: selection.setAll }
          : null
      }
    />
  );
}
