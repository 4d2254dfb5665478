import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";

/** What a name ends with says what is counted. */
const UNITS = /_(seconds|bytes|total|dollars|info|status|backups|operations)$/;

let server: RuntimeFixture;
let text = "";

beforeAll(async () => {
  server = await startRuntime();
  await server.sql("CREATE TABLE t AS SELECT range AS i FROM range(1000)");
  await server.backUp();
  text = await scrape();
}, 60_000);

afterAll(async () => {
  await server.stop();
  await server.remove();
});

async function scrape(): Promise<string> {
  return (await server.nestegg.operate.metrics.scrape()).text;
}

function samples(said: string): Map<string, number> {
  const lines = said.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

function familyNames(said: string): string[] {
  return [...said.matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);
}

const readDoc = (name: string) => readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), "utf8");

test("every metric has help, a type and a unit in its name", () => {
  const names = familyNames(text);
  expect(names.length).toBeGreaterThan(25);
  for (const name of names) {
    expect(name).toMatch(/^nestegg_/);
    expect(name).toMatch(UNITS);
    expect(text).toMatch(new RegExp(`^# HELP ${name} [A-Z0-9].+\\.$`, "m"));
  }
});

test("what was done is in it", async () => {
  const said = samples(text);
  expect(said.get('nestegg_operations_total{kind="backup",state="ok"}')).toBe(1);
  expect(said.get('nestegg_operation_duration_seconds_count{kind="backup"}')).toBe(1);
  expect(said.get('nestegg_protection_status{status="unprotected"}')).toBe(0);
  expect(said.get("nestegg_last_backup_size_bytes")).toBeGreaterThan(10_000);
  expect(said.get("nestegg_last_good_backup_age_seconds")).toBeLessThan(60);
  expect(said.get("nestegg_database_bytes")).toBeGreaterThan(10_000);
  expect(said.get('nestegg_store_requests_total{class="a",sender="worker"}')).toBeGreaterThan(0);
  expect(said.get('nestegg_store_requests_total{class="a",sender="server"}')).toBeGreaterThan(0);
  expect(said.get('nestegg_event_loop_lag_seconds{statistic="p99"}')).toBeGreaterThanOrEqual(0);
  const stored = [...said].filter(([name]) => name.startsWith("nestegg_stored_backups{"));
  expect(stored.reduce((sum, [, value]) => sum + value, 0)).toBe(1);
});

test("a scrape asks nothing of the bucket, and what never was has no number", async () => {
  await server.settled();
  const asked = (said: string) =>
    [...samples(said)].filter(([name]) => name.startsWith("nestegg_store_requests_total"));
  const before = asked(await scrape());
  expect(asked(await scrape())).toEqual(before);
  expect(text).toContain("# TYPE nestegg_last_drill_age_seconds gauge");
  expect([...samples(text).keys()]).not.toContain("nestegg_last_drill_age_seconds");
});

test("every metric that the dashboard, the alert rules and the document name is in a scrape, and the document names all", () => {
  const known = new Set(familyNames(text).flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]));
  for (const file of ["grafana-dashboard.json", "prometheus-alerts.yml", "metrics.md"]) {
    const used = readDoc(file).match(/nestegg_[a-z0-9_]+/g) ?? [];
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  }
  const described = new Set(readDoc("metrics.md").match(/nestegg_[a-z0-9_]+/g));
  expect(familyNames(text).filter((name) => !described.has(name))).toEqual([]);
});

test("the dashboard can be imported: JSON, a data source to choose, panels that ask something and do not overlap", () => {
  const dashboard = JSON.parse(readDoc("grafana-dashboard.json"));
  expect(dashboard.__inputs).toMatchObject([{ type: "datasource", pluginId: "prometheus" }]);
  const cells = new Set<string>();
  for (const panel of dashboard.panels) {
    const { x, y, w, h } = panel.gridPos;
    for (let column = x; column < x + w; column += 1)
      for (let row = y; row < y + h; row += 1) {
        expect(cells.has(`${column} ${row}`)).toBe(false);
        cells.add(`${column} ${row}`);
      }
    expect(x + w).toBeLessThanOrEqual(24);
    for (const target of panel.targets) expect(target.expr).toMatch(/nestegg_/);
  }
});
