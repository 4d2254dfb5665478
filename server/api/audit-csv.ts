import type { AuditRow } from "../nestegg";

const COLUMNS = ["time", "person", "kind", "address", "action", "target", "detail"] as const;
/** A spreadsheet runs a cell that begins so, full-width forms too; the audit holds what people typed. */
const FORMULA_START = /^[\s]*[=+\-@\t\r＝＋－＠]/u;
const NEEDS_QUOTES = /[",\r\n]/;

/** RFC 4180: commas, CRLF, quotes doubled. */
export function auditCsvHead(): string {
  return line([...COLUMNS]);
}

export function auditCsvLine({ at, actor, actorKind, address, action, target, detail }: AuditRow): string {
  const facts = Object.keys(detail).length === 0 ? "" : JSON.stringify(detail);
  return line([at, actor, actorKind, address ?? "", action, target ?? "", facts]);
}

function line(cells: string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

export function csvCell(text: string): string {
  const harmless = FORMULA_START.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
