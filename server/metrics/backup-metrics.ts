import type { Registry } from "prom-client";
import { parseBackupId } from "../backups/backup-id";
import type { CatalogEntry } from "../backups/catalog";
import { listFacts, viewBackup } from "../backups/view";
import type { OperationView } from "../control/types";
import type { BackupState, BackupType } from "../nestegg";
import { defineGauge, defineGauges } from "./gauges";
import type { Collect, MetricsDeps } from "./metrics-deps";

export function collectBackups(registry: Registry, { ctx }: MetricsDeps): Collect {
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
