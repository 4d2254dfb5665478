import { expect, it } from "vitest";
import type { TableChange } from "@/server/nestegg-restore";
import { byLoss, changesSentence, changeText, isSame } from "./row-change-words";

const table = (name: string, liveRows: number | null, backupRows: number | null, more: Partial<TableChange> = {}) =>
  ({ schema: "main", name, liveRows, backupRows, change: "same", schemaChanges: [], ...more }) satisfies TableChange;

const orders = table("orders", 88_412, 81_077, { change: "removed" });
const coupons = table("coupons", null, 420, { change: "back" });
const drafts = table("drafts", 7, null, { change: "gone" });
const members = table("members", 10, 10, { change: "changed" });
const users = table("users", 9_310, 9_310);

it("says what a restore does to each table in the reader's words", () => {
  expect(changeText(orders)).toBe("−7,335");
  expect(changeText(coupons)).toBe("+420, table comes back");
  expect(changeText(drafts)).toBe("−7, table goes");
  expect(changeText(members)).toBe("other values");
  expect(changeText(users)).toBe("same");
});

it("never calls a table the same whose columns differ", () => {
  const widened = { ...users, schemaChanges: ["column note VARCHAR goes"] };
  expect(isSame(widened)).toBe(false);
  expect(changeText(widened)).toBe("other columns");
  expect(isSame(users)).toBe(true);
});

it("puts what is lost first", () => {
  expect([coupons, users, orders, drafts].toSorted(byLoss).map(({ name }) => name)).toEqual([
    "drafts",
    "orders",
    "users",
    "coupons",
  ]);
});

it("sums up rows that go and rows that come back apart, so that they cannot cancel each other out", () => {
  expect(changesSentence([orders, coupons, users])).toBe(
    "2\u00a0tables change: 7,335\u00a0rows go, 420\u00a0rows come back.",
  );
  expect(changesSentence([members])).toBe("1\u00a0table changes.");
  expect(changesSentence([users])).toBe("No table changes.");
});
