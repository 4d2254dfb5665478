import { expect, test } from "vitest";
import { openTestControl } from "../control/testing/test-control";
import { createLog } from "../log";
import type { AlertNotice } from "../nestegg-operate";
import type { RequestCounts } from "../storage/object-store";
import { budgetCheck } from "./cost";
import { CostBook } from "./cost-book";
import { R2_PRICES } from "./prices";

async function room({ billed = true } = {}) {
  const test = await openTestControl();
  const told: AlertNotice[] = [];
  const counts: RequestCounts = { classA: 0, classB: 0, free: 0 };
  const stored = { bytes: 0 };
  const during = { write: async () => {} };
  let writes = 0;
  const memory = {
    get: test.control.memory.get,
    set: async (name: string, value: string | null) => {
      writes += 1;
      await during.write();
      await test.control.memory.set(name, value);
    },
  };
  const open = () =>
    CostBook.open({
      clock: test.clock,
      log: createLog("silent"),
      memory,
      requests: () => ({ ...counts }),
      storedBytes: () => stored.bytes,
      billed,
      tell: (notice) => void told.push(notice),
    });
  return { ...test, told, counts, stored, during, open, writes: () => writes };
}

test("requests survive a restart, and nothing is written while nothing happens", async () => {
  const { counts, open, clock, writes } = await room();
  const book = await open();
  counts.classA = 12;
  await book.tick();
  await clock.advance(61_000);
  await book.tick();
  const once = writes();
  expect(once).toBe(1);
  for (let minute = 0; minute < 5; minute += 1) {
    await clock.advance(61_000);
    await book.tick();
  }
  expect(writes()).toBe(once);
  // The next process counts from nothing.
  counts.classA = 0;
  const next = await open();
  counts.classA = 3;
  expect(next.now().month.classA).toBe(15);
});

test("what is counted during a write, and what a write that failed should have kept, is written by the next one", async () => {
  const { counts, during, open } = await room();
  const book = await open();
  const classA = async () => {
    counts.classA = 0;
    return (await open()).now().month.classA;
  };
  counts.classA = 1;
  during.write = async () => {
    counts.classA = 3;
    book.now();
  };
  await book.flush();
  during.write = async () => {};
  await book.flush();
  expect(await classA()).toBe(3);

  counts.classA = 8;
  during.write = async () => Promise.reject(new Error("the disk is full"));
  await expect(book.flush()).rejects.toThrow("the disk is full");
  during.write = async () => {};
  await book.flush();
  expect(await classA()).toBe(8);
});

test("a month over its budget is told once, also after a restart; a folder's never", async () => {
  const { told, stored, open, clock } = await room();
  stored.bytes = 50e12;
  const book = await open();
  await book.tick();
  await clock.advance(61_000);
  await book.tick();
  expect(told).toMatchObject([{ event: "budget-exceeded", kind: "happened" }]);
  expect(budgetCheck(book)).toMatchObject({ state: "warn", href: "/settings/cost" });
  await (await open()).tick();
  expect(told).toHaveLength(1);
  await book.save({ prices: R2_PRICES, budget: 100_000 });
  expect(budgetCheck(book)).toMatchObject({ state: "pass" });

  const folder = await room({ billed: false });
  folder.stored.bytes = 50e12;
  const local = await folder.open();
  await local.tick();
  expect([folder.told, budgetCheck(local)]).toEqual([[], null]);
});
