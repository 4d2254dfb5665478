import { Registry } from "prom-client";
import type { MetricsVerbs } from "../nestegg-operate";
import { collectBackups } from "./backup-metrics";
import { collectBuild } from "./build-metrics";
import { collectCost } from "./cost-metrics";
import { collectDrill } from "./drill-metrics";
import type { MetricsDeps } from "./metrics-deps";
import { collectProcess } from "./process-metrics";
import { collectProtection } from "./protection-metrics";
import { countRuns } from "./run-metrics";

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
