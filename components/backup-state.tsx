import type { ReactNode } from "react";
import { STATE_TONES, STATE_WORDS, stateReason } from "@/components/backup-words";
import { StateText } from "@/components/badge";
import { OperationProgress } from "@/components/operation-progress";
import { progressLabel, runProgress } from "@/components/operation-words";
import { Time } from "@/components/time";
import type { OperationView } from "@/server/control/types";
import type { BackupView } from "@/server/nestegg";

interface BackupStateProps {
  backup: BackupView;
  /** The run that works on it now. */
  operation: OperationView | null;
  /** Beside "Deletes in 9 min". */
  undo?: ReactNode;
}

const RUN_AT_IT: Partial<Record<OperationView["kind"], string>> = {
  adopt: "Registering",
  restore: "Restoring",
  upload: "Registering",
};

function progressLabelOf(backup: BackupView, operation: OperationView): string {
  if (operation.kind === "restore") return progressLabel(operation.kind);
  return backup.state === "creating" ? "Backup progress" : "Verification progress";
}

/** The word, and under it what it rests on or how far it has come. */
export function BackupState({ backup, operation, undo }: BackupStateProps) {
  if (operation) {
    const waits = operation.state === "queued" || operation.state === "waiting";
    const percent = runProgress(operation).percent;
    const word = RUN_AT_IT[operation.kind] ?? STATE_WORDS[backup.state === "creating" ? "creating" : "verifying"];
    return (
      <span className="grid min-w-0">
        <StateText tone={waits ? "quiet" : "run"} className="tabular-nums">
          {waits ? (operation.state === "queued" ? "Queued" : "Waiting") : word}
          {percent === null ? "" : ` ${percent}\u00a0%`}
        </StateText>
        <OperationProgress operation={operation} label={progressLabelOf(backup, operation)} />
      </span>
    );
  }
  if (backup.state === "deleting" && backup.deletesAt) {
    return (
      <span className="grid justify-items-start">
        <StateText tone="quiet" icon="trash">
          <span className="whitespace-nowrap">
            Deletes <Time at={backup.deletesAt} />
          </span>
        </StateText>
        {undo}
      </span>
    );
  }
  const reason = stateReason(backup);
  return (
    <span className="grid min-w-0">
      <StateText tone={STATE_TONES[backup.state]}>{STATE_WORDS[backup.state]}</StateText>
      {reason ? <span className="line-clamp-2 text-xs text-ink-3 [overflow-wrap:anywhere]">{reason}</span> : null}
    </span>
  );
}
