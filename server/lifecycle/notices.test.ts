import { describe, expect, test } from "vitest";
import type { OperationView } from "../control/types";
import { noticesOf } from "./notices";
import { noticeOfAudit } from "./watch-trouble";

const ID = "hesocial-manual-20241230-153000.duckdb";

function ended(facts: Partial<OperationView>): OperationView {
  const step = {
    name: "Checkpoint",
    state: "ok",
    startedAt: null,
    finishedAt: null,
    doneBytes: null,
    totalBytes: null,
  };
  return {
    id: "op_1",
    kind: "backup",
    title: "Backup, scheduled",
    state: "failed",
    backupId: null,
    actor: { kind: "user", id: "usr_ada", name: "Ada" },
    createdAt: "2024-12-30T15:30:00.000Z",
    startedAt: null,
    finishedAt: null,
    summary: null,
    error: { code: "storage_forbidden", message: "R2 answered 403.", hint: "Look at the token." },
    steps: [{ ...step, state: "ok", note: null }],
    detail: {},
    noReturn: false,
    revision: 1,
    ...facts,
  };
}

const told = (facts: Partial<OperationView>) =>
  noticesOf(ended(facts)).map(({ kind, key, title }) => [kind, key, title]);

describe("a backup", () => {
  test("that failed is trouble, with its reason and what to do, until the next good one of the live database", () => {
    expect(noticesOf(ended({}))).toEqual([
      {
        event: "backup-failed",
        key: "backup",
        kind: "trouble",
        title: "Backup, scheduled: failed",
        text: "R2 answered 403.",
        hint: "Look at the token.",
        operationId: "op_1",
      },
    ]);
    expect(told({ state: "ok-retried" })).toEqual([["recovered", "backup", "Backups work again"]]);
    expect(told({ state: "ok", steps: [] })).toEqual([]);
  });

  test("that was cancelled, or was cut off by the end of the process, is not: a stop and a crash are told as such", () => {
    expect(told({ state: "cancelled" })).toEqual([]);
    expect(told({ state: "interrupted" })).toEqual([]);
    expect(told({ title: "Backup, shutdown" })).toEqual([]);
  });
});

describe("a verification", () => {
  const check = { kind: "verify", title: "Verification", backupId: ID } as const;

  test("says whether the backup is bad or could not be read, and is a matter of its own for each backup", () => {
    const damaged = { code: "backup_damaged", message: "Part 3 differs.", hint: null };
    expect(told({ ...check, error: damaged })).toEqual([
      ["trouble", `verification:${ID}`, `${ID} did not pass its check`],
    ]);
    expect(told(check)).toEqual([["trouble", `verification:${ID}`, `${ID} could not be checked`]]);
    expect(told({ ...check, state: "ok" })).toEqual([["recovered", `verification:${ID}`, `${ID} passed its check`]]);
  });
});

test("a drill that failed is trouble until one passes", () => {
  expect(told({ kind: "drill" })).toEqual([["trouble", "drill", "The restore drill failed"]]);
  expect(told({ kind: "drill", state: "ok" })).toEqual([["recovered", "drill", "The restore drill passed"]]);
});

test("a restore stands alone, however it ended, and each is a matter of its own", () => {
  expect(told({ kind: "restore", state: "ok" })).toEqual([["happened", "restore:op_1", "Restore done"]]);
  expect(told({ kind: "restore" })).toEqual([["happened", "restore:op_1", "Restore failed"]]);
  expect(told({ kind: "undo-restore", state: "rolled-back" })).toEqual([
    ["happened", "undo-restore:op_1", "Undo of a restore failed, the database is as it was before"],
  ]);
});

test("guessing at any door is told with where it comes from, and other rows of the audit are not", () => {
  const caller = { actor: { kind: "system", id: "system", name: "sign-in" }, address: "10.0.0.7" } as const;
  const entry = { caller, target: "ann@example.com" };
  expect(noticeOfAudit({ ...entry, action: "sign-in.throttled" })).toMatchObject({
    event: "sign-in-throttled",
    kind: "happened",
    text: "Sign-in as ann@example.com from 10.0.0.7 is refused for a while after too many wrong tries.",
  });
  expect(noticeOfAudit({ ...entry, target: null, action: "setup.throttled" })?.text).toContain("from 10.0.0.7");
  expect(noticeOfAudit({ ...entry, action: "sign-in.failed" })).toBeNull();
});
