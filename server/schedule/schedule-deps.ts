import type { Clock } from "../clock";
import type { Memory, OperationView } from "../control/types";
import type { Log } from "../log";
import type { AuditEntry } from "../nestegg";
import type { AlertNotice, ScheduleSettings, SettingSource } from "../nestegg-operate";

/** What the runtime hands to the keeper: this room knows neither backups nor alerts. */
export interface ScheduleDeps {
  clock: Clock;
  log: Log;
  memory: Memory;
  /** What holds until somebody saves another. */
  defaults: ScheduleSettings;
  defaultsFrom: Exclude<SettingSource, "dashboard">;
  /** False: nothing runs by itself, whatever is saved. */
  backupEnabled: boolean;
  /** Why a slot has to wait (a restore runs, no open database); null: a run can begin. */
  hindrance(): string | null;
  /** Records a run and begins it; `done` resolves with its end and never rejects for what went wrong in it. */
  begin(): Promise<{ operationId: string; done: Promise<OperationView> }>;
  /** Up to when the newest good backup covers the database; null: there is none; "unknown": the bucket was not read yet. */
  coveredUntil(): Date | null | "unknown";
  operation(id: string): Promise<OperationView | null>;
  audit(entry: AuditEntry): Promise<void>;
  tell(notice: AlertNotice): void;
  /** The status has changed. */
  announce(): void;
}
