import { expect, test } from "vitest";
import type { Caller } from "../control/types";
import { RestoreSlot } from "./restore-slot";

const caller: Caller = { actor: { kind: "user", id: "u1", name: "ann@example.com", role: "admin" }, address: null };

test("who looks at a file gives way to a run, which waits until they have let go of it", async () => {
  const slot = new RestoreSlot();
  const happened: string[] = [];
  const look = slot.look(async (begun) => {
    await new Promise<void>((resolve) => begun.addEventListener("abort", () => resolve(), { once: true }));
    await new Promise((resolve) => setImmediate(resolve));
    happened.push("let go");
    return "seen";
  });
  slot.take(caller, "an undo");
  await slot.unwatched();
  happened.push("run");
  expect(happened).toEqual(["let go", "run"]);
  expect(await look).toBe("seen");
  expect(await slot.look(async () => "seen")).toBeNull();
  slot.leave();
  expect(await slot.look(async ({ aborted }) => aborted)).toBe(false);
});

test("the second run is told who runs the first, and may come when that is over", () => {
  const slot = new RestoreSlot();
  slot.take(caller, "a restore of x");
  expect(() => slot.take(caller, "an undo")).toThrow("ann@example.com is running a restore of x");
  slot.leave();
  slot.take(caller, "an undo");
});
