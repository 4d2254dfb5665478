import { expect, test } from "vitest";
import type { BackupView, TransferView } from "../nestegg";
import { table } from "./table";
import { sentInShort, transferFacts } from "./transfer-words";

const BASE = "hesocial-manual-20261124-080000.duckdb";
const TRANSFER: TransferView = {
  baseId: BASE,
  unchanged: false,
  copyGivenUp: false,
  requests: { classA: 133, classB: 3, free: 1 },
  requestDollars: 0.00064,
  monthlyDollars: 0.0151,
};
const BACKUP: BackupView = {
  id: "hesocial-manual-20261124-090000.duckdb",
  type: "manual",
  state: "verified",
  timestamp: "2026-11-24T09:00:00Z",
  size: "1.2GB",
  bytes: 1_212_400_000,
  tags: {},
  note: "",
  locked: false,
  deletesAt: null,
  kept: "kept until deleted",
  keptUntil: null,
  protectedBecause: null,
  engine: null,
  sentBytes: 12_400_000,
  reusedBytes: 1_200_000_000,
  requests: 137,
  durationMs: 2_400,
  transfer: TRANSFER,
  checkpointMs: null,
  verification: null,
  restoredAt: null,
  createdBy: null,
  origin: null,
  operationId: null,
};

const facts = (transfer: Partial<TransferView>, backup: Partial<BackupView> = {}) => {
  const rows = transferFacts({ ...BACKUP, ...backup, transfer: { ...TRANSFER, ...transfer } });
  return table(rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
};

test("what was sent and what was taken over, from which backup, by how many requests, how long and for how much", () => {
  expect(facts({}).split("\n")).toEqual([
    "sent        12MB",
    `taken over  1.2GB from ${BASE}, inside the storage`,
    "requests    133 class A, 3 class B, 1 free",
    "took        2.4 s",
    "cost        about $0.0006 for its requests, $0.015 a month to keep (R2's list price)",
  ]);
});

test("a first backup was sent whole; copying that was given up is said", () => {
  expect(facts({ baseId: null }, { reusedBytes: 0 })).toMatch(/^sent +12MB, all of it\nrequests/);
  expect(facts({ copyGivenUp: true })).toMatch(/^copying +slower than sending here, or failed, so the rest was sent$/m);
});

test("an unchanged database names the backup since which it is, also in the list", () => {
  expect(facts({ unchanged: true }, { sentBytes: 0 })).toContain(`nothing: unchanged since ${BASE}`);
  expect(sentInShort({ ...BACKUP, transfer: { ...TRANSFER, unchanged: true } })).toBe("unchanged");
  expect(sentInShort(BACKUP)).toBe("12MB");
});

test("what was not counted, has no price or was not sent is not invented", () => {
  expect(facts({ requests: null, requestDollars: null })).toMatch(/^requests +137, not counted by class$/m);
  expect(facts({ requestDollars: null })).toMatch(/^cost +\$0\.015 a month to keep/m);
  expect(facts({ requestDollars: 0.000004 })).toContain("less than $0.0001 for its requests");
  expect(facts({ requestDollars: null, monthlyDollars: null })).not.toContain("cost");
  expect(transferFacts({ ...BACKUP, transfer: null })).toEqual([]);
  expect(sentInShort({ ...BACKUP, transfer: null })).toBe("-");
});
