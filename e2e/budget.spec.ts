import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { verifiedBackup } from "./steps/backups";
import { seed } from "./steps/seed";
import { expect, test } from "./steps/test";

test.describe.configure({ mode: "default" });

const KB = 1_000;
const CSS_KB = 14;
const HTML_KB = 45;

/**
 * In kB of gzip: what a route may weigh, and what the blueprint hoped for before anything was built. React, Next's router
 * and runtime alone are 141 kB, tRPC with its query client 37: a ceiling is what was measured with them, so that nothing
 * grows unseen. Lower it with every page that gets lighter.
 */
const ROUTES: [path: string, ceiling: number, hoped: number][] = [
  ["/", 204, 185],
  ["/backups", 245, 200],
  ["/backups/ID", 242, 200],
  ["/backups/ID/restore", 203, 200],
  ["/backups/undo", 200, 200],
  ["/activity", 226, 200],
  ["/activity/RUN", 216, 200],
  ["/settings/storage", 200, 195],
  ["/settings/schedule", 200, 195],
  ["/settings/retention", 202, 195],
  ["/settings/notifications", 194, 195],
  ["/settings/doctor", 199, 195],
  ["/settings/cost", 199, 195],
  ["/settings/tokens", 193, 195],
  ["/settings/people", 199, 195],
  ["/settings/audit", 220, 195],
  ["/settings/appearance", 206, 195],
  // Last: it needs no session, and sends those who have one away.
  ["/signin", 158, 130],
];

test("every route loads no more script, style and HTML than its ceiling", async ({ adminPage: page, server }) => {
  await seed(server.api);
  const id = await verifiedBackup(server.api);
  const { body } = await server.api.request("/api/admin/operations?limit=1");
  const measured: Record<string, string> = {};
  for (const [route, ceiling, hoped] of ROUTES) {
    const path = route.replace("ID", id).replace("RUN", body.operations[0].id);
    if (route === "/signin") await page.context().clearCookies();
    const { script, style, html } = await weigh(page, path);
    measured[route] =
      `script ${kilobytes(script)} of ${ceiling} kB (blueprint ${hoped}), style ${kilobytes(style)}, html ${kilobytes(html)}`;
    expect.soft(script, `${route}: script`).toBeLessThanOrEqual(ceiling * KB);
    expect.soft(style, `${route}: style`).toBeLessThanOrEqual(CSS_KB * KB);
    expect.soft(html, `${route}: HTML`).toBeLessThanOrEqual(HTML_KB * KB);
  }
  console.table(measured);
});

/** What stands in the first HTML as a tag, as gzip sends it; `nomodule` ones no current browser asks for. */
async function weigh(page: Page, path: string): Promise<{ script: number; style: number; html: number }> {
  const html = await (await page.request.get(path)).text();
  const tags = [...html.matchAll(/<(script|link)\b[^>]*>/g)].map(([tag]) => tag);
  const scripts = tags.filter((tag) => tag.startsWith("<script") && !/\bnomodule\b/i.test(tag));
  const styles = tags.filter((tag) => tag.startsWith("<link") && /rel="stylesheet"/.test(tag));
  return {
    script: await sumOf(page, scripts, /\bsrc="([^"]+)"/),
    style: await sumOf(page, styles, /\bhref="([^"]+)"/),
    html: gzipSync(html).byteLength,
  };
}

async function sumOf(page: Page, tags: string[], address: RegExp): Promise<number> {
  const paths = new Set(tags.map((tag) => address.exec(tag)?.[1] ?? "").filter((path) => path !== ""));
  let bytes = 0;
  for (const path of paths) {
    const answer = await page.request.get(path);
    expect(answer.status(), path).toBe(200);
    bytes += gzipSync(await answer.body()).byteLength;
  }
  return bytes;
}

function kilobytes(bytes: number): string {
  return (bytes / KB).toFixed(1);
}
