import { defineRoute } from "./route";

export const metricsRoute = defineRoute({
  method: "GET",
  path: "/api/metrics",
  summary: "Metrics for Prometheus",
  description: "In Prometheus' text format. A scrape asks neither the bucket nor the database.",
  answers: { 200: { description: "One line a metric, each with its help.", contentType: "text/plain" } },
  errors: [],
  async handle({ context }) {
    const { contentType, text } = await context.nestegg.operate.metrics.scrape();
    return new Response(text, { headers: { "content-type": contentType, "cache-control": "no-store" } });
  },
});
