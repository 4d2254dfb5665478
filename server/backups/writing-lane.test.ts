import { expect, test } from "vitest";
import { WritingLane } from "./writing-lane";

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test("work goes through one at a time, in the order it came, also after one that failed", async () => {
  const lane = new WritingLane();
  const seen: string[] = [];
  const first = deferred();
  const one = lane.run(async () => {
    seen.push("one begins");
    await first.promise;
    seen.push("one ends");
    throw new Error("one failed");
  });
  const two = lane.run(async () => seen.push("two"));
  const three = lane.run(async () => seen.push("three"));
  await Promise.resolve();
  expect(seen).toEqual([]);
  first.resolve();
  await expect(one).rejects.toThrow("one failed");
  await Promise.all([two, three]);
  expect(seen).toEqual(["one begins", "one ends", "two", "three"]);
});

test("who leaves the line does not let the next one pass before its turn", async () => {
  const lane = new WritingLane();
  const first = deferred();
  const seen: string[] = [];
  const one = lane.run(async () => {
    await first.promise;
    seen.push("one");
  });
  const leave = new AbortController();
  const two = lane.run(async () => seen.push("two"), { signal: leave.signal });
  const three = lane.run(async () => seen.push("three"));
  leave.abort();
  await expect(two).rejects.toMatchObject({ code: "cancelled" });
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([]);
  first.resolve();
  await Promise.all([one, three]);
  expect(seen).toEqual(["one", "three"]);
});

test("a closed lane turns away what waits and takes only the stop's own work", async () => {
  const lane = new WritingLane();
  const first = deferred();
  const running = lane.run(() => first.promise);
  await new Promise((resolve) => setImmediate(resolve));
  const waiting = Array.from({ length: 10 }, () => lane.run(async () => undefined));
  lane.close();
  const last = lane.run(async () => "last", { force: true });
  first.resolve();
  await running;
  for (const one of waiting) await expect(one).rejects.toMatchObject({ code: "stopping" });
  expect(await last).toBe("last");
  await expect(lane.run(async () => undefined)).rejects.toMatchObject({ code: "stopping" });
});
