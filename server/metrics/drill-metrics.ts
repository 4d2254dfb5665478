import type { Registry } from "prom-client";
import type { OperationView } from "../control/types";
import { defineGauge, defineGauges, oneOf } from "./gauges";
import type { Collect, MetricsDeps } from "./metrics-deps";

export function collectDrill(registry: Registry, { ctx }: MetricsDeps): Collect {
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

function secondsOf({ startedAt, finishedAt }: OperationView): number | null {
  return startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null;
}
