import type { Registry } from "prom-client";
import type { StatusView } from "../nestegg";
import { defineGauge, defineGauges, oneOf } from "./gauges";
import type { Collect, MetricsDeps } from "./metrics-deps";

const PROTECTION = [
  "safe",
  "at-risk",
  "unprotected",
  "unknown",
] as const satisfies StatusView["protection"]["status"][];

export function collectProtection(registry: Registry, { ctx }: MetricsDeps): Collect {
  const gauge = (name: string, help: string) => defineGauge(registry, name, help);
  const protection = defineGauges(registry, "nestegg_protection_status", {
    help: "1 for the Overview's present verdict, 0 for the others.",
    labels: ["status"],
  });
  const newestAt = gauge("nestegg_last_good_backup_timestamp_seconds", "Time of the newest good backup, Unix time.");
  const age = gauge("nestegg_last_good_backup_age_seconds", "Age of the newest good backup.");
  const loss = gauge(
    "nestegg_data_loss_seconds",
    "How much a lost disk would cost now: 0 when nothing has changed since.",
  );
  const next = gauge("nestegg_next_scheduled_run_timestamp_seconds", "When the schedule runs next, Unix time.");
  const database = gauge("nestegg_database_bytes", "Size of the live database file.");
  const wal = gauge("nestegg_wal_bytes", "Size of the live database's write-ahead log.");
  const recovery = gauge(
    "nestegg_recovery_estimate_seconds",
    "What getting the newest backup back takes, as measured.",
  );
  const stop = gauge("nestegg_stop_estimate_seconds", "What a stop with its backup would take now.");
  const budget = gauge("nestegg_stop_budget_seconds", "How long a stop may take.");
  const read = gauge("nestegg_bucket_read_timestamp_seconds", "When the bucket's list was last read, Unix time.");
  return (status) => {
    const at = status.newestGood ? Date.parse(status.newestGood.timestamp) : null;
    const isOpen = status.database.state === "open";
    protection.set(oneOf(PROTECTION, status.protection.status));
    newestAt.set(at === null ? null : at / 1000);
    age.set(at === null ? null : Math.max(0, ctx.clock.now().getTime() - at) / 1000);
    loss.set(status.loss.seconds);
    next.set(status.next.at === null ? null : Date.parse(status.next.at) / 1000);
    database.set(isOpen ? status.database.fileBytes : null);
    wal.set(isOpen ? status.database.walBytes : null);
    recovery.set(status.recoverySeconds);
    stop.set(status.stop.seconds);
    budget.set(status.stop.budgetSeconds);
    read.set(ctx.catalog.readAt ? ctx.catalog.readAt.getTime() / 1000 : null);
  };
}
