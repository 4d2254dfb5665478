import { expect, test } from "vitest";
import { actions, PASSWORD, signIn, withAdmin } from "./testing/with-admin";

test("five wrong passwords lock the email for 30 s, each further one twice as long, from wherever they come", async () => {
  const { control, clock } = await withAdmin();
  let address = 0;
  const attempt = (password: string) => signIn(control, password, { address: `10.1.0.${address++}` });
  for (let n = 0; n < 5; n++) expect(await attempt("wrong password")).toBeNull();
  for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
    await expect(attempt(PASSWORD)).rejects.toMatchObject({ code: "too_many_requests", retryAfterSeconds: seconds });
    await clock.advance(seconds * 1000 - 1);
    await expect(attempt(PASSWORD)).rejects.toMatchObject({ retryAfterSeconds: 1 });
    await clock.advance(1);
    expect(await attempt("wrong password")).toBeNull();
  }
  await clock.advance(900_000);
  expect(await attempt(PASSWORD)).not.toBeNull();
  expect(await attempt("wrong password")).toBeNull();
  expect(await attempt(PASSWORD)).not.toBeNull();
});

test("the lock outlives a restart, and is audited once, not once a try", async () => {
  const { control, reopen } = await withAdmin();
  for (let n = 0; n < 5; n++) await signIn(control, "wrong password");
  const next = await reopen();
  for (let n = 0; n < 3; n++) await expect(signIn(next)).rejects.toMatchObject({ code: "too_many_requests" });
  expect((await actions(next)).slice(0, 3)).toEqual(["sign-in.throttled", "sign-in.failed", "sign-in.failed"]);
});

test("a lock is the same for an email that nobody has", async () => {
  const { control } = await withAdmin();
  const attempt = () => signIn(control, "wrong password", { email: "nobody@example.com" });
  for (let n = 0; n < 5; n++) expect(await attempt()).toBeNull();
  await expect(attempt()).rejects.toMatchObject({ code: "too_many_requests", retryAfterSeconds: 30 });
});

test("an address that tries many emails is locked after twenty, and one right sign-in does not free it", async () => {
  const { control, clock } = await withAdmin();
  const attempt = (n: number, address = "10.0.0.66") =>
    signIn(control, "wrong password", { email: `guess${n}@example.com`, address });
  for (let n = 0; n < 10; n++) expect(await attempt(n)).toBeNull();
  expect(await signIn(control, PASSWORD, { address: "10.0.0.66" })).not.toBeNull();
  for (let n = 10; n < 20; n++) expect(await attempt(n)).toBeNull();
  await expect(attempt(20)).rejects.toMatchObject({ code: "too_many_requests" });
  await expect(signIn(control, PASSWORD, { address: "10.0.0.66" })).rejects.toMatchObject({ retryAfterSeconds: 30 });
  expect(await attempt(21, "10.0.0.67")).toBeNull();
  await clock.advance(30_000);
  expect(await signIn(control, PASSWORD, { address: "10.0.0.66" })).not.toBeNull();
});

test("a hundred tries at the same moment are not a hundred guesses", async () => {
  const { control } = await withAdmin();
  const tries = Array.from({ length: 100 }, () => signIn(control, "wrong password"));
  const results = await Promise.allSettled(tries);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
});

test("failures are forgotten after a day, and a clock that goes back locks nobody out", async () => {
  const { control, clock } = await withAdmin();
  for (let n = 0; n < 4; n++) await signIn(control, "wrong password");
  clock.set("2025-01-01T15:30:00.001Z");
  for (let n = 0; n < 4; n++) expect(await signIn(control, "wrong password")).toBeNull();
  await signIn(control, "wrong password");
  await expect(signIn(control)).rejects.toMatchObject({ code: "too_many_requests" });
  clock.set("2024-06-01T00:00:00.000Z");
  expect(await signIn(control)).not.toBeNull();
});
