import type { Registry } from "prom-client";
import { defineGauge, defineGauges, defineSum } from "./gauges";
import type { Collect, MetricsDeps } from "./metrics-deps";

export function collectCost(registry: Registry, { requests, cost }: MetricsDeps): Collect {
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
