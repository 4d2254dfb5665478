import { describe, expect, it } from "vitest";
import { activeRuns, type Operation, type Runs, withRun } from "./live-runs";

function run(id: string, revision: number, state: Operation["state"] = "running"): Operation {
  return {
    id,
    kind: "backup",
    title: "Backup, manual",
    state,
    backupId: null,
    actor: { kind: "user", id: "u", name: "admin@example.com" },
    createdAt: `2026-11-24T14:00:${id.padStart(2, "0")}Z`,
    startedAt: null,
    finishedAt: null,
    summary: null,
    error: null,
    steps: [],
    detail: {},
    noReturn: false,
    revision,
  };
}

const none: Runs = new Map();

describe("runs as the page knows them", () => {
  it("takes news and drops what is older than it has", () => {
    const first = withRun(none, run("1", 2));
    expect(first?.get("1")?.revision).toBe(2);
    expect(withRun(first ?? none, run("1", 1))).toBeNull();
    expect(withRun(first ?? none, run("1", 2))).toBeNull();
    expect(withRun(first ?? none, run("1", 3, "ok"))?.get("1")?.state).toBe("ok");
  });

  it("lists what still runs, oldest first, and keeps finished ones findable", () => {
    let runs: Runs = none;
    for (const next of [run("3", 1), run("1", 1), run("2", 1, "failed")]) runs = withRun(runs, next) ?? runs;
    expect(activeRuns(runs).map(({ id }) => id)).toEqual(["1", "3"]);
    expect(runs.get("2")?.state).toBe("failed");
  });

  it("forgets the oldest finished ones, so that an open tab does not grow", () => {
    let runs: Runs = none;
    for (let at = 1; at <= 50; at += 1) runs = withRun(runs, run(String(at), 1, "ok")) ?? runs;
    expect(runs.size).toBe(20);
    expect(runs.has("50")).toBe(true);
    expect(runs.has("1")).toBe(false);
  });
});
