import clsx from "clsx";
import Link from "next/link";
import type { ReactNode } from "react";
import { BackupBadges } from "@/components/backup-badges";
import { BackupKept } from "@/components/backup-kept";
import { BackupState } from "@/components/backup-state";
import { Button } from "@/components/button";
import { formatBytes } from "@/components/bytes";
import { Icon } from "@/components/icon";
import { TABLE_ROLES } from "@/components/table-roles";
import { Time } from "@/components/time";
import type { OperationView } from "@/server/control/types";
import type { BackupView } from "@/server/nestegg";

interface BackupRowProps {
  backup: BackupView;
  operation: OperationView | null;
  engine: string | null;
  rowIndex: number;
  selected: boolean;
  /** Null where nothing may be selected; `range` when Shift was held. */
  onSelect: ((selected: boolean, range: boolean) => void) | null;
  /** Narrow screens show the boxes only while something is selected. */
  selecting: boolean;
  /** Why the last thing asked of this row was refused. */
  error: string | null;
  onDismissError: () => void;
  undo: ReactNode;
  actions: ReactNode;
}

/** One backup: a row of the table, or a card where the screen is narrow. */
export function BackupRow(props: BackupRowProps) {
  const { backup, operation, selected, onSelect, error } = props;
  const creating = backup.state === "creating";
  const struck = backup.state === "deleting";
  return (
    <tr
      {...TABLE_ROLES.row}
      aria-rowindex={props.rowIndex}
      data-backup-id={backup.id || undefined}
      data-status={backup.state}
      data-type={backup.type}
      data-locked={backup.locked || undefined}
      data-latest-restored={backup.status === "latest_restored" || undefined}
      className={clsx(ROW, selected ? "bg-accent-soft/60" : "max-shell:bg-surface")}
    >
      {onSelect ? (
        <td {...TABLE_ROLES.cell} className={clsx(CELL, "w-12 pl-2!", props.selecting ? CARD_BOX : "max-shell:hidden")}>
          {creating || struck ? null : (
            <SelectBox label={`Select ${backup.id}`} checked={selected} onChange={onSelect} />
          )}
        </td>
      ) : null}
      <th
        {...TABLE_ROLES.rowHeader}
        className={clsx(CELL, "text-left font-normal max-shell:col-span-2", onSelect ? "" : "pl-5")}
      >
        <span
          className={clsx("flex min-h-5 flex-wrap items-center gap-x-2 gap-y-1", props.selecting && "max-shell:pr-10")}
        >
          {backup.id && !creating ? (
            <Link
              href={`/backups/${encodeURIComponent(backup.id)}`}
              className={clsx("font-semibold hover:underline hover:underline-offset-3", struck && "line-through")}
            >
              <Time at={backup.timestamp} form="absolute" />
            </Link>
          ) : (
            <span className="font-semibold">
              <Time at={backup.timestamp} form="absolute" />
            </span>
          )}
          <BackupBadges backup={backup} engine={props.engine} />
        </span>
        <span className="mt-0.5 block font-mono text-id text-ink-3 [overflow-wrap:anywhere]">
          {backup.id || "gets its id when it starts"}
        </span>
        {backup.note ? (
          <span className="mt-0.5 line-clamp-2 text-xs text-ink-2 [overflow-wrap:anywhere]">{backup.note}</span>
        ) : null}
        {error ? <RowError text={error} onDismiss={props.onDismissError} /> : null}
      </th>
      <td {...TABLE_ROLES.cell} className={clsx(CELL, creating && "max-shell:col-span-2")}>
        <BackupState backup={backup} operation={operation} undo={props.undo} />
      </td>
      <td {...TABLE_ROLES.cell} className={clsx(CELL, "max-shell:text-right", creating && "max-shell:hidden")}>
        {backup.bytes > 0 ? formatBytes(backup.bytes) : null}
        {backup.transfer && !creating ? <Sent backup={backup} unchanged={backup.transfer.unchanged} /> : null}
      </td>
      <td
        {...TABLE_ROLES.cell}
        className={clsx(
          CELL,
          "max-shell:col-span-2 max-shell:flex max-shell:items-baseline max-shell:gap-2.5 max-shell:text-xs max-shell:text-ink-3",
          creating && "max-shell:hidden",
        )}
      >
        {creating ? "now" : <Time at={backup.timestamp} form="span" />}
        {creating ? null : (
          <span className="block text-xs text-ink-3">
            <BackupKept backup={backup} />
          </span>
        )}
      </td>
      <td
        {...TABLE_ROLES.cell}
        className={clsx(
          CELL,
          "pr-3 text-right whitespace-nowrap shell:pt-2! shell:pl-0!",
          "max-shell:col-span-2 max-shell:mt-2 max-shell:border-t max-shell:border-line max-shell:pt-2.5!",
        )}
      >
        {props.actions}
      </td>
    </tr>
  );
}

/** Wide: a table row. Narrow: a card of two columns. */
const ROW =
  "group max-shell:mb-2.5 max-shell:grid max-shell:grid-cols-[minmax(0,1fr)_auto] max-shell:gap-x-3 max-shell:gap-y-1 " +
  "max-shell:rounded-card max-shell:border max-shell:border-line max-shell:p-3.5 max-shell:shadow-card relative";
const CELL = "align-top shell:h-(--row) shell:border-t shell:border-line shell:px-3 shell:py-2.5 max-shell:p-0!";
const CARD_BOX = "max-shell:absolute max-shell:top-1.5 max-shell:right-1.5 max-shell:w-auto";

interface SelectBoxProps {
  label: string;
  checked: boolean;
  mixed?: boolean;
  onChange: (checked: boolean, range: boolean) => void;
}

export function SelectBox({ label, checked, mixed = false, onChange }: SelectBoxProps) {
  return (
    <label className="-my-1.5 grid size-8 cursor-pointer place-items-center max-shell:size-11">
      <input
        type="checkbox"
        aria-label={label}
        className="size-[18px] accent-accent"
        checked={checked}
        ref={(input) => {
          if (input) input.indeterminate = mixed;
        }}
        onChange={(event) =>
          onChange(event.target.checked, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)
        }
      />
    </label>
  );
}

function Sent({ backup, unchanged }: { backup: BackupView; unchanged: boolean }) {
  if (unchanged) return <span className="block text-xs text-ink-3">unchanged</span>;
  const share = backup.bytes > 0 ? Math.min(100, Math.max(2, (backup.sentBytes / backup.bytes) * 100)) : 0;
  return (
    <span className="block text-xs whitespace-nowrap text-ink-3">
      <span
        aria-hidden="true"
        className="mr-1.5 inline-block h-1 w-6 overflow-hidden rounded-full bg-quiet-soft align-middle max-wide:hidden"
      >
        <span className="block h-full bg-chart-2" style={{ width: `${share}%` }} />
      </span>
      {formatBytes(backup.sentBytes)} sent
    </span>
  );
}

function RowError({ text, onDismiss }: { text: string; onDismiss: () => void }) {
  return (
    <span role="alert" className="mt-1.5 flex items-start gap-2 text-sm text-danger">
      <Icon name="warning" size={14} className="mt-0.5" />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{text}</span>
      <Button
        variant="quiet"
        size="sm"
        iconOnly
        icon="cross"
        aria-label="Dismiss"
        className="-my-1.5"
        onClick={onDismiss}
      />
    </span>
  );
}
