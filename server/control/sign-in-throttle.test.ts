import fc from "fast-check";
import { expect, test } from "vitest";
import { addressBucket, emailBucket, lockSeconds } from "./sign-in-throttle";

test("locks begin at the fifth failure, double, and end at a quarter of an hour", () => {
  const locks = Array.from({ length: 13 }, (_, failures) => lockSeconds(failures, 5));
  expect(locks).toEqual([0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
});

test("locks never shrink and never pass their limit, however many failures", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 50 }), (failures, free) => {
      const lock = lockSeconds(failures, free);
      expect(lock).toBeLessThanOrEqual(900);
      expect(lockSeconds(failures + 1, free)).toBeGreaterThanOrEqual(lock);
    }),
  );
});

test("addresses of one IPv6 network share a bucket, others do not", () => {
  const name = (address: string | null) => addressBucket(address).name;
  expect(name("2001:db8:1:2:3:4:5:6")).toBe("address:2001:db8:1:2::/64");
  expect(name("2001:db8:1:2::9")).toBe(name("2001:db8:1:2:3:4:5:6"));
  expect(name("2001:db8:1:3::9")).not.toBe(name("2001:db8:1:2::9"));
  expect(name("2001:db8::1")).toBe("address:2001:db8:0:0::/64");
  expect(name("::1")).toBe("address:0:0:0:0::/64");
  expect(name("10.0.0.7")).toBe("address:10.0.0.7");
  expect(name("::ffff:10.0.0.7")).not.toBe(name("::ffff:10.0.0.8"));
  expect(name(null)).toBe("address:none");
});

test("an email is not written down", () => {
  expect(emailBucket("ada@example.com").name).not.toContain("ada");
});
