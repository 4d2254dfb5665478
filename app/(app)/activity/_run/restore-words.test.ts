import { expect, it } from "vitest";
import { resultLine } from "./restore-words";

it("says what was compared and how long writers waited, and nothing that was not measured", () => {
  expect(resultLine({ kind: "restore", detail: { tables: 40, gateClosedMs: 1_800 } })).toBe(
    "40\u00a0tables, all rows match the backup. Writes waited 1.8\u00a0s.",
  );
  expect(resultLine({ kind: "undo-restore", detail: { tables: 1 } })).toBe(
    "1\u00a0table, all rows match the kept file.",
  );
  expect(resultLine({ kind: "restore", detail: { tables: null } })).toBe("");
});
