import { expect, test } from "vitest";
import { checkPassword, createPasswords, DEFAULT_COST } from "./password";

const cheap = createPasswords({ N: 16, r: 1, p: 1 });

test("the same password has another hash each time, and each of them verifies", async () => {
  const [one, two] = [await cheap.hash("correct horse"), await cheap.hash("correct horse")];
  expect(one).toMatch(/^scrypt\$N=16,r=1,p=1\$[\w-]{22}\$[\w-]{43}$/);
  expect(one).not.toBe(two);
  expect(await cheap.verify("correct horse", one)).toEqual({ ok: true, outdated: false });
  expect(await cheap.verify("correct horse", two)).toEqual({ ok: true, outdated: false });
  expect(await cheap.verify("correct horsf", one)).toEqual({ ok: false, outdated: false });
});

test("nobody has no password", async () => {
  expect(await cheap.verify("", null)).toEqual({ ok: false, outdated: false });
});

test("a hash of another cost still verifies and is reported as outdated", async () => {
  const stored = await cheap.hash("correct horse");
  const dearer = createPasswords({ N: 32, r: 1, p: 1 });
  expect(await dearer.verify("correct horse", stored)).toEqual({ ok: true, outdated: true });
  expect(await dearer.verify("wrong horse", stored)).toEqual({ ok: false, outdated: false });
});

test("the shipped cost works within its memory limit", async () => {
  const shipped = createPasswords();
  const stored = await shipped.hash("correct horse");
  expect(stored).toContain(`N=${DEFAULT_COST.N},r=8,p=3`);
  expect((await shipped.verify("correct horse", stored)).ok).toBe(true);
});

test("two ways to type the same letter are the same password", async () => {
  const stored = await cheap.hash("pass\u0065\u0301 word");
  expect((await cheap.verify("pass\u00e9 word", stored)).ok).toBe(true);
});

test("a password has 10 to 512 characters", () => {
  expect(() => checkPassword("123456789")).toThrow("10 to 512");
  expect(checkPassword("1234567890")).toBe("1234567890");
  expect(() => checkPassword("x".repeat(513))).toThrow("10 to 512");
});

test("a flood of sign-ins is turned away instead of piling up", async () => {
  const slow = createPasswords({ N: 2 ** 10, r: 8, p: 1 });
  const tries = Array.from({ length: 40 }, async () => slow.verify("correct horse", null));
  const results = await Promise.allSettled(tries);
  const refused = results.filter((result) => result.status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.reason).toMatchObject({ code: "too_many_requests", retryAfterSeconds: 5 });
  expect(results.filter((result) => result.status === "fulfilled").length).toBeGreaterThanOrEqual(30);
});
