import { expect, it } from "vitest";
import { type RateSample, rateOf, withSample } from "@/components/operation-rate";

const take = (samples: RateSample[]) =>
  samples.reduce<RateSample[]>((before, sample) => withSample(before, sample), []);

it("says nothing before two seconds have passed", () => {
  expect(
    rateOf(
      take([
        { at: 0, bytes: 0 },
        { at: 1_900, bytes: 500 },
      ]),
    ),
  ).toBeNull();
  expect(
    rateOf(
      take([
        { at: 0, bytes: 0 },
        { at: 2_000, bytes: 500 },
      ]),
    ),
  ).toBe(250);
});

it("forgets what is older than five seconds, so that a slower line shows", () => {
  const samples = take(
    [0, 1, 2, 3, 4, 5, 6, 7, 8].map((second) => ({
      at: second * 1000,
      bytes: second < 4 ? second * 1000 : 4000 + (second - 4) * 10,
    })),
  );
  expect(rateOf(samples)).toBeLessThan(300);
});

it("starts over when the next step counts its own bytes", () => {
  const samples = take([
    { at: 0, bytes: 0 },
    { at: 3_000, bytes: 900 },
    { at: 3_100, bytes: 10 },
  ]);
  expect(rateOf(samples)).toBeNull();
});
