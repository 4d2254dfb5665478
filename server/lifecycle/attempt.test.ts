import pino from "pino";
import { expect, test } from "vitest";
import { createHandClock } from "../control/testing/hand-clock";
import { createAttempt } from "./attempt";

function setUp() {
  const clock = createHandClock("2026-11-24T09:00:00.000Z");
  const lines: { chore: string; err: { message: string } }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const stopping = new AbortController();
  return { clock, lines, stopping, attempt: createAttempt({ clock, log }, stopping.signal) };
}

test("a chore that throws at each round keeps no other from its turn, and is said by its name once a minute", async () => {
  const { clock, lines, attempt } = setUp();
  let turns = 0;
  for (let round = 0; round < 12; round += 1) {
    await attempt("deletions", () => Promise.reject(new Error("no list")));
    await attempt("watch", () => {
      if (round === 3) throw new Error("not a promise");
    });
    await attempt("retention", async () => {
      turns += 1;
    });
    clock.set(new Date(clock.now().getTime() + 10_000).toISOString());
  }
  expect(turns).toBe(12);
  expect(lines.map(({ chore, err }) => [chore, err.message])).toEqual([
    ["deletions", "no list"],
    ["watch", "not a promise"],
    ["deletions", "no list"],
  ]);
});

test("no chore begins once the server stops", async () => {
  const { attempt, stopping } = setUp();
  stopping.abort();
  let begun = false;
  await attempt("retention", () => {
    begun = true;
  });
  expect(begun).toBe(false);
});
