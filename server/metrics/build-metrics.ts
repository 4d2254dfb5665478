import type { Registry } from "prom-client";
import type { Health } from "../nestegg";
import { defineGauge, defineGauges, oneOf } from "./gauges";
import type { Collect, MetricsDeps } from "./metrics-deps";

/** All of them, by the compiler's word. */
const HEALTH: Record<Health["status"], true> = { starting: true, ready: true, degraded: true, stopping: true };

export function collectBuild(registry: Registry, { ctx, phase }: MetricsDeps): Collect {
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
    health.set(oneOf(Object.keys(HEALTH), phase()));
  };
}
