import { expect, it } from "vitest";
import type { OperationView } from "@/server/control/types";
import { readActivityView, toActivityInput, withLiveRuns, writeActivityView } from "./activity-view";

const none = { kinds: [], results: [], cursors: [] };
const run = (id: string, revision: number, more: Partial<OperationView> = {}) =>
  ({ id, revision, kind: "backup", state: "running", ...more }) as OperationView;

it("comes back from the address as it was written, without words it does not know", () => {
  const view = { kinds: ["verify" as const], results: ["failed" as const], cursors: ["a", "b"] };
  expect(readActivityView(new URLSearchParams(writeActivityView(view)))).toEqual(view);
  expect(readActivityView(new URLSearchParams("kind=magic&result=maybe"))).toEqual(none);
  expect(writeActivityView(none)).toBe("");
});

it("asks for every state that people call failed", () => {
  expect(toActivityInput({ ...none, results: ["failed"] }).states).toEqual(["failed", "interrupted", "rolled-back"]);
});

it("shows what began since the page was read, and never an older state over a newer one", () => {
  const page = [run("1", 5), run("0", 9)];
  const live = [run("1", 7), run("0", 8), run("2", 1)];
  expect(withLiveRuns(page, live, none).map((one) => [one.id, one.revision])).toEqual([
    ["2", 1],
    ["1", 7],
    ["0", 9],
  ]);
});

it("keeps new runs that do not fit the filter, and later pages, as they are", () => {
  const live = [run("2", 1)];
  expect(withLiveRuns([], live, { ...none, kinds: ["verify"] })).toEqual([]);
  expect(withLiveRuns([], live, { ...none, results: ["done"] })).toEqual([]);
  expect(withLiveRuns([], live, { ...none, cursors: ["x"] })).toEqual([]);
});
