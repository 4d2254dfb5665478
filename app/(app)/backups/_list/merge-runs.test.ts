import { expect, it } from "vitest";
import type { OperationView } from "@/server/control/types";
import type { BackupView } from "@/server/nestegg";
import { mergeRuns } from "./merge-runs";

const backup = (id: string, more: Partial<BackupView> = {}) => ({ id, operationId: null, ...more }) as BackupView;
const run = (id: string, more: Partial<OperationView> = {}) =>
  ({
    id,
    kind: "backup",
    title: "Backup, scheduled",
    state: "running",
    backupId: null,
    createdAt: "2026-11-24T14:00:00Z",
    actor: { kind: "system", id: "system", name: "schedule" },
    ...more,
  }) as OperationView;

it("puts creates that the list does not know yet on top, the newest first", () => {
  const rows = mergeRuns([backup("old")], [run("r1", { backupId: "new" }), run("r2", { state: "queued" })], true);
  expect(rows.map((row) => [row.key, row.backup.id])).toEqual([
    ["r2", ""],
    ["r1", "new"],
    ["old", "old"],
  ]);
  expect(rows[0]?.backup.type).toBe("scheduled");
});

it("shows a create once, as its own row, as soon as the list knows it", () => {
  const rows = mergeRuns([backup("new", { operationId: "r1" })], [run("r1", { backupId: "new" })], true);
  expect(rows.map((row) => [row.key, row.operation?.id])).toEqual([["r1", "r1"]]);
});

it("ties a verification to its row and leaves other runs alone", () => {
  const rows = mergeRuns(
    [backup("a"), backup("b")],
    [run("v", { kind: "verify", backupId: "b" }), run("d", { kind: "delete", backupId: "a" })],
    true,
  );
  expect(rows.map((row) => row.operation?.id ?? null)).toEqual([null, "v"]);
});

it("keeps new creates off later pages and filtered lists", () => {
  expect(mergeRuns([], [run("r1")], false)).toEqual([]);
});
