import { expect, test } from "vitest";
import { CopyJudge } from "./copy-judge";
import { TransferRates } from "./transfer-rates";

/** Rates over a clock that the test moves. */
function ratesByHand() {
  let nowMs = 0;
  const rates = new TransferRates(() => nowMs);
  return {
    rates,
    async move(kind: "send" | "copy", parts: number, eachMs: number): Promise<void> {
      for (let part = 0; part < parts; part += 1) {
        await rates.measure(kind, 8_000_000, async () => {
          nowMs += eachMs;
        });
      }
    },
  };
}

test("copying is given up when it is clearly slower than sending in this run, and not before eight copies tell", async () => {
  const { rates, move } = ratesByHand();
  const judge = new CopyJudge(rates, { byClock: true, knownSendRate: null });
  await move("send", 1, 100);
  await move("copy", 7, 200);
  expect(judge.afterCopy()).toBe("go on");
  await move("copy", 1, 200);
  expect(judge.afterCopy()).toBe("give up");
});

test("copying goes on while it is faster, and a rate of earlier backups counts like one of this run", async () => {
  const { rates, move } = ratesByHand();
  await move("copy", 8, 100);
  expect(new CopyJudge(rates, { byClock: true, knownSendRate: 99_000_000 }).afterCopy()).toBe("go on");
  expect(new CopyJudge(rates, { byClock: true, knownSendRate: 101_000_000 }).afterCopy()).toBe("give up");
  expect(new CopyJudge(rates, { byClock: false, knownSendRate: 101_000_000 }).afterCopy()).toBe("go on");
});

test("what is sent beside the copies counts more than a rate that had the line for itself", async () => {
  const { rates, move } = ratesByHand();
  await move("copy", 8, 100);
  await move("send", 2, 150);
  expect(new CopyJudge(rates, { byClock: true, knownSendRate: 500_000_000 }).afterCopy()).toBe("go on");
});

test("without any rate of sending copying goes on", async () => {
  const { rates, move } = ratesByHand();
  await move("copy", 8, 100);
  expect(new CopyJudge(rates, { byClock: true, knownSendRate: null }).afterCopy()).toBe("go on");
});

test("the third failed copy gives copying up", () => {
  const judge = new CopyJudge(ratesByHand().rates, { byClock: false, knownSendRate: null });
  expect([judge.afterFailure(), judge.afterFailure(), judge.afterFailure()]).toEqual(["go on", "go on", "give up"]);
});

test("time in which nothing of a kind was under way does not count, and parts at once count together", async () => {
  let nowMs = 0;
  const rates = new TransferRates(() => nowMs);
  expect(rates.rate("send")).toBeNull();
  const ends: (() => void)[] = [];
  const part = () => rates.measure("send", 1_000, () => new Promise<void>((resolve) => ends.push(resolve)));
  const both = [part(), part()];
  nowMs = 1_000;
  for (const end of ends) end();
  await Promise.all(both);
  nowMs = 60_000;
  expect(rates.rate("send")).toBe(2_000);
});
