import { expect, it } from "vitest";
import type { BackupView } from "@/server/nestegg";
import { editPatch, markPatch, undoPatch } from "./patch-backups";

const row = (id: string, more: Partial<BackupView> = {}) => ({ id, locked: false, note: "", ...more }) as BackupView;

it("moves the mark from its old holder to the new one", () => {
  const rows = [row("a"), row("b", { status: "latest_restored" }), row("c")];
  expect(rows.map(markPatch("a")).map((backup) => backup.status)).toEqual(["latest_restored", undefined, undefined]);
  expect(rows.map(markPatch(null)).some((backup) => "status" in backup)).toBe(false);
});

it("takes back its own rows only", () => {
  const rows = [row("a"), row("b")];
  const patch = editPatch("a", { locked: true });
  const undo = undoPatch(rows, patch);
  const later = rows.map(patch).map(editPatch("b", { note: "kept" }));
  expect(later.map(undo)).toEqual([row("a"), row("b", { note: "kept" })]);
});

it("gives the mark back to the old holder when the move is refused", () => {
  const rows = [row("a"), row("b", { status: "latest_restored" })];
  const patch = markPatch("a");
  expect(rows.map(patch).map(undoPatch(rows, patch))).toEqual(rows);
});
