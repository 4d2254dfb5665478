import { plural } from "@/components/bytes";
import { formatDuration } from "@/components/time-format";
import type { OperationView } from "@/server/control/types";

type Swap = Pick<OperationView, "kind" | "detail">;

/** "40 tables, all rows match the backup. Writes waited 1.8 s.", as far as the run measured it. */
export function resultLine({ kind, detail }: Swap): string {
  const against = kind === "restore" ? "the backup" : "the kept file";
  const tables =
    typeof detail.tables === "number" ? `${plural(detail.tables, "table")}, all rows match ${against}.` : null;
  const waited =
    typeof detail.gateClosedMs === "number" ? `Writes waited ${formatDuration(detail.gateClosedMs)}.` : null;
  return [tables, waited].filter((part) => part !== null).join(" ");
}

export function isSwap(operation: Pick<OperationView, "kind">): boolean {
  return operation.kind === "restore" || operation.kind === "undo-restore";
}
