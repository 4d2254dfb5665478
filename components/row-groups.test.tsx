import { expect, it } from "vitest";
import { groupRows } from "@/components/row-groups";

const itself = (time: string) => time;

it("cuts the rows by the calendar of the reader's zone", () => {
  const rows = ["2026-11-23T17:30:00Z", "2026-11-23T15:30:00Z"];
  const now = Date.parse("2026-11-24T02:00:00Z");
  expect(groupRows(rows, itself, { now, zone: "UTC" }).map((group) => group.label)).toEqual(["Yesterday"]);
  expect(groupRows(rows, itself, { now, zone: "Asia/Taipei" }).map((group) => group.label)).toEqual([
    "Today",
    "Yesterday",
  ]);
});

it("names older rows by their month and keeps the order", () => {
  const rows = ["2026-11-24T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-02T10:00:00Z", "2026-10-30T10:00:00Z"];
  const groups = groupRows(rows, itself, { now: Date.parse("2026-11-24T12:00:00Z"), zone: "UTC" });
  expect(groups.map((group) => [group.label, group.rows.length])).toEqual([
    ["Today", 1],
    ["Last 7 days", 1],
    ["November 2026", 1],
    ["October 2026", 1],
  ]);
});
