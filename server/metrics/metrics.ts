import { Registry } from "prom-client";
import { parseBackupId } from "../backups/backup-id";
import type { CatalogEntry } from "../backups/catalog";
import type { BackupContext } from "../backups/context";
import { listFacts, viewBackup } from "../backups/view";
import type { OperationView } from "../control/types";
import type { BackupState, BackupType, StatusView } from "../nestegg";
import type { CostView, MetricsVerbs } from "../nestegg-operate";
import type { RequestCounts } from "../storage/object-store";
import { defineGauge, defineGauges, defineSum } from "./gauges";
import { measureLoopLag } from "./loop-lag";
import { countRuns } from "./run-metrics";

const PROTECTION = [
  "safe",
  "at-risk",
  "unprotected",
  "unknown",
] as const satisfies StatusView["protection"]["status"][];
const HEALTH = ["starting", "ready", "degraded", "stopping"] as const;

export interface MetricsDeps {
  ctx: Pick<
    BackupContext,
    "catalog" | "operations" | "store" | "clock" | "log" | "appVersion" | "engineVersion" | "startedAt"
  >;
  /** What the Overview knows: from memory and the control database. */
  status(): Promise<StatusView>;
  phase(): (typeof HEALTH)[number];
  /** By this process and by its workers, since it began. */
  requests(): Record<"server" | "worker", RequestCounts>;
  cost(): Promise<CostView>;
  /** Aborts when the server stops: nobody scrapes any more. */
  stopping: AbortSignal;
}

/** What Prometheus is told. Every gauge is read when it asks; only ends of runs are counted meanwhile. */
export function createMetrics(deps: MetricsDeps): MetricsVerbs {
  const registry = new Registry();
  const { ctx } = deps;
  countRuns(registry, ctx.operations, deps.stopping).catch((error: unknown) =>
    ctx.log.error({ err: error }, "runs are not counted for the metrics any more"),
  );
  const collect = [
    collectBuild(registry, deps),
    collectProtection(registry, deps),
    collectBackups(registry, deps),
    collectCost(registry, deps),
    collectDrill(registry, deps),
    collectProcess(registry),
  ];
  return {
    async scrape() {
      const status = await deps.status();
      await Promise.all(collect.map((read) => read(status)));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

type Collect = (status: StatusView) => Promise<void> | void;

function collectBuild(registry: Registry, { ctx, phase }: MetricsDeps): Collect {
  const info = defineGauges(registry, "nestegg_build_info", {
    help: "Versions of Nestegg, DuckDB and Node; always 1.",
    labels: ["version", "duckdb", "node"],
  });
  const started = defineGauge(registry, "nestegg_start_timestamp_seconds", "When this process began, Unix time.");
  const health = defineGauges(registry, "nestegg_health_status", {
    help: "1 for the present state of /api/health, 0 for the others.",
    labels: ["status"],
  });
  return () => {
    const labels = { version: ctx.appVersion, duckdb: ctx.engineVersion, node: process.versions.node };
    info.set([{ labels, value: 1 }]);
    started.set(ctx.startedAt.getTime() / 1000);
    health.set(oneOf(HEALTH, phase()));
  };
}

function collectProtection(registry: Registry, { ctx }: MetricsDeps): Collect {
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

function collectBackups(registry: Registry, { ctx }: MetricsDeps): Collect {
  const gauge = (name: string, help: string) => defineGauge(registry, name, help);
  const count = defineGauges(registry, "nestegg_stored_backups", {
    help: "Backups in the bucket by state and type.",
    labels: ["state", "type"],
  });
  const bytes = defineGauges(registry, "nestegg_stored_bytes", {
    help: "Bytes of the backups in the bucket by state and type.",
    labels: ["state", "type"],
  });
  const active = defineGauges(registry, "nestegg_active_operations", {
    help: "Runs that wait or are under way, by kind.",
    labels: ["kind"],
  });
  const size = gauge("nestegg_last_backup_size_bytes", "Size of the newest backup that this server made.");
  const sent = gauge("nestegg_last_backup_sent_bytes", "Of these bytes those that were sent.");
  const reused = gauge("nestegg_last_backup_reused_bytes", "Of these bytes those taken over inside the bucket.");
  const duration = gauge("nestegg_last_backup_duration_seconds", "How long that backup took.");
  return () => {
    const entries = ctx.catalog.entries();
    const running = ctx.operations.active();
    const rows = sumByStateAndType(entries, running);
    count.set(rows.map(({ labels, backups }) => ({ labels, value: backups })));
    bytes.set(rows.map(({ labels, bytes: value }) => ({ labels, value })));
    active.set(countByKind(running));
    const last = entries.find(({ manifest }) => (manifest?.transfer.requests ?? 0) > 0)?.manifest ?? null;
    size.set(last?.file.bytes ?? null);
    sent.set(last?.transfer.sentBytes ?? null);
    reused.set(last?.transfer.reusedBytes ?? null);
    duration.set(last ? last.transfer.durationMs / 1000 : null);
  };
}

function collectCost(registry: Registry, { requests, cost }: MetricsDeps): Collect {
  const asked = defineSum(registry, "nestegg_store_requests_total", {
    help: "Requests to the bucket since this process began, by price class and by who sent them.",
    labels: ["class", "sender"],
  });
  const month = defineGauges(registry, "nestegg_cost_month_dollars", {
    help: "What this month has cost so far, after the free allowance.",
    labels: ["part"],
  });
  const forecast = defineGauge(
    registry,
    "nestegg_cost_forecast_dollars",
    "What the whole month will cost at this rate.",
  );
  const budget = defineGauge(registry, "nestegg_cost_budget_dollars", "The month's budget.");
  return async () => {
    const counts = requests();
    const senders = ["server", "worker"] as const;
    asked.set(
      senders.flatMap((sender) => [
        { labels: { class: "a", sender }, value: counts[sender].classA },
        { labels: { class: "b", sender }, value: counts[sender].classB },
        { labels: { class: "free", sender }, value: counts[sender].free },
      ]),
    );
    const view = await cost();
    month.set([
      { labels: { part: "storage" }, value: view.month.storageDollars },
      { labels: { part: "requests" }, value: view.month.requestDollars },
    ]);
    forecast.set(view.forecast.totalDollars);
    budget.set(view.settings.budget);
  };
}

function collectDrill(registry: Registry, { ctx }: MetricsDeps): Collect {
  const gauge = (name: string, help: string) => defineGauge(registry, name, help);
  const at = gauge("nestegg_last_drill_timestamp_seconds", "When the last restore drill ended, Unix time.");
  const age = gauge("nestegg_last_drill_age_seconds", "Time since the last restore drill that passed.");
  const duration = gauge("nestegg_last_drill_duration_seconds", "How long the last restore drill took.");
  const outcome = defineGauges(registry, "nestegg_last_drill_status", {
    help: "1 for how the last restore drill ended, 0 for the other.",
    labels: ["status"],
  });
  return async () => {
    const [last, passed] = await Promise.all([
      ctx.operations.list({ limit: 1, kinds: ["drill"], states: ["ok", "ok-retried", "failed", "interrupted"] }),
      ctx.operations.list({ limit: 1, kinds: ["drill"], states: ["ok", "ok-retried"] }),
    ]);
    const newest = last.operations[0];
    const good = passed.operations[0];
    at.set(newest?.finishedAt ? Date.parse(newest.finishedAt) / 1000 : null);
    age.set(good?.finishedAt ? Math.max(0, ctx.clock.now().getTime() - Date.parse(good.finishedAt)) / 1000 : null);
    duration.set(newest ? secondsOf(newest) : null);
    outcome.set(newest ? oneOf(["passed", "failed"], newest.state.startsWith("ok") ? "passed" : "failed") : []);
  };
}

function collectProcess(registry: Registry): Collect {
  const lagOf = measureLoopLag();
  const lag = defineGauges(registry, "nestegg_event_loop_lag_seconds", {
    help: "How late timers were since the last scrape.",
    labels: ["statistic"],
  });
  const memory = defineGauge(registry, "nestegg_resident_memory_bytes", "Memory of the server process.");
  const cpu = defineSum(registry, "nestegg_cpu_seconds_total", {
    help: "CPU time of the server process, its workers left out.",
    labels: ["mode"],
  });
  return () => {
    const read = lagOf();
    lag.set(read ? Object.entries(read).map(([statistic, value]) => ({ labels: { statistic }, value })) : []);
    memory.set(process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    cpu.set([
      { labels: { mode: "user" }, value: user / 1e6 },
      { labels: { mode: "system" }, value: system / 1e6 },
    ]);
  };
}

interface StateAndType {
  labels: { state: BackupState; type: BackupType };
  backups: number;
  bytes: number;
}

function sumByStateAndType(entries: CatalogEntry[], running: OperationView[]): StateAndType[] {
  const facts = listFacts(entries, running, null);
  const rows = new Map<string, StateAndType>();
  for (const entry of entries) {
    const { state, bytes } = viewBackup(entry, facts);
    const type = parseBackupId(entry.id)?.type ?? "upload";
    const row = rows.get(`${state} ${type}`) ?? { labels: { state, type }, backups: 0, bytes: 0 };
    row.backups += 1;
    row.bytes += entry.object ? bytes : 0;
    rows.set(`${state} ${type}`, row);
  }
  return [...rows.values()];
}

function countByKind(running: OperationView[]): { labels: { kind: string }; value: number }[] {
  const counts = new Map<string, number>();
  for (const { kind } of running) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, value]) => ({ labels: { kind }, value }));
}

function oneOf<Word extends string>(words: readonly Word[], present: Word) {
  return words.map((status) => ({ labels: { status }, value: status === present ? 1 : 0 }));
}

function secondsOf({ startedAt, finishedAt }: OperationView): number | null {
  return startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null;
}
