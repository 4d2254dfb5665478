import fc from "fast-check";
import { expect, test } from "vitest";
import type { AuditRow } from "../nestegg";
import { auditCsvLine, csvCell } from "./audit-csv";
import { createFakeNestegg } from "./testing/fake-nestegg";
import { serveApi, sessionCookie } from "./testing/serve-api";

/** A reader of its own, by the grammar of RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      for (at += 1; ; at += 1) {
        if (at >= text.length) throw new Error("a quote is not closed");
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') {
          cell += '"';
          at += 1;
        } else break;
      }
      at += 1;
    } else {
      while (at < text.length && !/[",\r\n]/.test(text[at] ?? "")) cell += text[at++];
    }
    row.push(cell);
    if (text[at] === ",") at += 1;
    else if (text.startsWith("\r\n", at)) {
      at += 2;
      rows.push(row);
      row = [];
    } else throw new Error(`neither comma nor line end at ${at}`);
  }
  return rows;
}

const cell = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.array(fc.constantFrom('"', ",", "\r", "\n", "=", "+", "-", "@", "\t", " ", "a", "＝")).map((all) => all.join("")),
);

test("whatever was typed comes back out of the file, in its own cell", () => {
  fc.assert(
    fc.property(cell, cell, cell, (actor, target, value) => {
      const row: AuditRow = {
        id: 1,
        at: "2024-12-30T15:30:00.000Z",
        actor,
        actorKind: "user",
        address: null,
        action: "user.role",
        target,
        detail: { value },
      };
      const guarded = (text: string) => new RegExp(`^'?${quoted(text)}$`, "u");
      expect(parseCsv(auditCsvLine(row))).toEqual([
        [
          row.at,
          expect.stringMatching(guarded(actor)),
          "user",
          "",
          "user.role",
          expect.stringMatching(guarded(target)),
          JSON.stringify({ value }),
        ],
      ]);
    }),
  );
});

const quoted = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

test("no cell begins like a formula", () => {
  fc.assert(
    fc.property(cell, (text) => {
      const [[shown = ""] = []] = parseCsv(`${csvCell(text)}\r\n`);
      expect(shown).not.toMatch(/^\s*[=+\-@＝＋－＠]|^[\t\r]/u);
    }),
  );
  expect(csvCell('=HYPERLINK("https://evil.example")')).toBe(`"'=HYPERLINK(""https://evil.example"")"`);
});

test("an admin's download is streamed page by page, with the page's filter, and is itself in the audit", async () => {
  const nestegg = createFakeNestegg();
  const asked: unknown[] = [];
  const recorded: string[] = [];
  nestegg.audit.record = async ({ action }) => void recorded.push(action);
  nestegg.audit.list = async ({ limit, before = 451, ...filter }) => {
    asked.push(filter);
    return Array.from({ length: Math.min(limit, before - 1) }, (_, index) => ({
      id: before - 1 - index,
      at: "2024-12-30T15:30:00.000Z",
      actor: "Ada",
      actorKind: "user" as const,
      address: "10.0.0.7",
      action: "user.role",
      target: `row ${before - 1 - index}`,
      detail: {},
    }));
  };
  const api = await serveApi(nestegg);
  try {
    const cookie = await sessionCookie(nestegg, { userId: nestegg.addUser("admin").id, sessionVersion: 1 });
    const get = (query: string) => fetch(`${api.url}/api/admin/audit.csv?${query}`, { headers: { cookie } });
    const answer = await get("actorId=usr_ada&from=2024-12-30&to=2024-12-30");
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="hesocial-audit.csv"');
    const rows = parseCsv(await answer.text());
    expect(rows).toHaveLength(451);
    expect([rows[0]?.[0], rows[1]?.[5], rows[450]?.[5]]).toEqual(["time", "row 450", "row 1"]);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toEqual({ actorId: "usr_ada", from: "2024-12-30T00:00:00.000Z", to: "2024-12-30T23:59:59.999Z" });
    expect(recorded).toEqual(["audit.export"]);
    expect((await get("from=yesterday")).status).toBe(400);
  } finally {
    await api.close();
  }
});
