import { clsx } from "clsx";
import Link from "next/link";
import type { ReactNode } from "react";
import { Disc, StateText } from "@/components/badge";
import { OperationProgress } from "@/components/operation-progress";
import { KIND_ICONS, lastedMs, RUN_TONES, RUN_WORDS } from "@/components/operation-words";
import { TABLE_ROLES } from "@/components/table-roles";
import { Time } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import type { OperationView } from "@/server/control/types";

/** One run: what, by whom, what came of it, how long. A row on wide screens, a card below. */
export function OperationRow({ operation, cancel }: { operation: OperationView; cancel: ReactNode }) {
  const active = operation.finishedAt === null;
  const lasted = lastedMs(operation);
  return (
    <tr
      {...TABLE_ROLES.row}
      data-operation-id={operation.id}
      data-status={operation.state}
      data-kind={operation.kind}
      className={ROW}
    >
      <td
        {...TABLE_ROLES.cell}
        className={clsx(CELL, "whitespace-nowrap text-ink-2 shell:pl-5! max-shell:order-4 max-shell:text-xs")}
      >
        <Time at={operation.createdAt} form="absolute" />
      </td>
      <th
        {...TABLE_ROLES.rowHeader}
        className={clsx(CELL, "text-left font-normal max-shell:order-1 max-shell:col-span-3")}
      >
        <span className="flex items-start gap-3">
          <Disc
            tone={RUN_TONES[operation.state]}
            icon={KIND_ICONS[operation.kind]}
            className="-my-0.5 max-wide:hidden"
          />
          <span className="min-w-0">
            <Link
              href={`/activity/${encodeURIComponent(operation.id)}`}
              className="font-semibold hover:underline hover:underline-offset-3"
            >
              {operation.title}
            </Link>
            {operation.backupId ? (
              <span className="block font-mono text-id text-ink-3 [overflow-wrap:anywhere]">{operation.backupId}</span>
            ) : null}
          </span>
        </span>
      </th>
      <td {...TABLE_ROLES.cell} className={clsx(CELL, "max-shell:order-2 max-shell:col-span-3")}>
        <StateText tone={RUN_TONES[operation.state]}>{RUN_WORDS[operation.state]}</StateText>
        {active ? (
          <OperationProgress operation={operation} label={`${operation.title}: progress`} />
        ) : (
          <span className="line-clamp-2 block text-xs text-ink-3 [overflow-wrap:anywhere]">
            {operation.error?.message ?? operation.summary}
          </span>
        )}
      </td>
      <td
        {...TABLE_ROLES.cell}
        className={clsx(CELL, "text-sm text-ink-2 [overflow-wrap:anywhere] max-shell:order-3 max-shell:text-xs")}
      >
        {operation.actor.name}
      </td>
      <td
        {...TABLE_ROLES.cell}
        className={clsx(
          CELL,
          "text-right whitespace-nowrap text-ink-2 tabular-nums shell:pr-5! max-shell:order-5 max-shell:text-xs",
        )}
      >
        {active ? cancel : lasted === null ? null : formatDuration(lasted)}
      </td>
    </tr>
  );
}

const ROW =
  "max-shell:mb-2 max-shell:grid max-shell:grid-cols-[minmax(0,1fr)_auto_auto] max-shell:items-center max-shell:gap-x-3 max-shell:gap-y-1.5 " +
  "max-shell:rounded-card max-shell:border max-shell:border-line max-shell:bg-surface max-shell:p-3.5 max-shell:shadow-card";
const CELL = "align-top shell:h-(--row) shell:border-t shell:border-line shell:px-3 shell:py-2.5 max-shell:p-0!";
