import type { AuditFilter, Nestegg } from "../../nestegg";
import { auditCsvHead, auditCsvLine } from "../audit-csv";
import { auditFilterInput } from "../input-audit";
import { defineRoute } from "./route";
import { toWebStream } from "./to-web-stream";

/** Read as fast as it is taken: years of rows never stand in memory at once. */
const PAGE_ROWS = 200;

export const auditCsvRoute = defineRoute({
  method: "GET",
  path: "/api/admin/audit.csv",
  summary: "The audit as CSV",
  description: "Newest first, with the page's filters. For the session of an admin; no API token reaches the audit.",
  query: auditFilterInput,
  answers: { 200: { description: "RFC 4180, UTF-8.", contentType: "text/csv" } },
  errors: [],
  async handle({ context: { nestegg, caller }, query }) {
    await nestegg.audit.record({ caller, action: "audit.export", target: null, detail: { ...query } });
    const [first = ""] = nestegg.facts.databaseName.match(/[\w.-]+/) ?? [];
    return new Response(toWebStream(csv(nestegg.audit, query)), {
      headers: {
        "cache-control": "no-store",
        "content-type": "text/csv; charset=utf-8; header=present",
        "content-disposition": `attachment; filename="${first}-audit.csv"`,
      },
    });
  },
});

async function* csv(audit: Nestegg["audit"], filter: AuditFilter): AsyncGenerator<Uint8Array> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  yield bytes(auditCsvHead());
  let before: number | undefined;
  for (;;) {
    const rows = await audit.list({ ...filter, limit: PAGE_ROWS, before });
    if (rows.length > 0) yield bytes(rows.map(auditCsvLine).join(""));
    before = rows.at(-1)?.id;
    if (rows.length < PAGE_ROWS) return;
  }
}
