import type { Registry } from "prom-client";
import { defineGauge, defineGauges, defineSum } from "./gauges";
import { measureLoopLag } from "./loop-lag";
import type { Collect } from "./metrics-deps";

export function collectProcess(registry: Registry): Collect {
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
