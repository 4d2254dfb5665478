import type { BackupContext } from "../backups/context";
import type { Health, StatusView } from "../nestegg";
import type { CostView } from "../nestegg-operate";
import type { RequestCounts } from "../storage/object-store";

/** What is handed in: a scrape itself asks neither the bucket nor the database. */
export interface MetricsDeps {
  ctx: Pick<
    BackupContext,
    "catalog" | "operations" | "store" | "clock" | "log" | "appVersion" | "engineVersion" | "startedAt"
  >;
  /** What the Overview knows: from memory and the control database. */
  status(): Promise<StatusView>;
  phase(): Health["status"];
  /** By this process and by its workers, since it began. */
  requests(): Record<"server" | "worker", RequestCounts>;
  cost(): Promise<CostView>;
  /** Aborts when the server stops: nobody scrapes any more. */
  stopping: AbortSignal;
}

/** Sets the gauges of one subject to what holds now. */
export type Collect = (status: StatusView) => Promise<void> | void;
