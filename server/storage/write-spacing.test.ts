import { describe, expect, it } from "vitest";
import { createManualClock } from "./testing/manual-clock";
import { createWriteSpacing } from "./write-spacing";

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("writes to one key", () => {
  it("are spaced from the end of the one before, which may take long", async () => {
    const clock = createManualClock();
    const spacing = createWriteSpacing(clock, 1000);
    await spacing.run("a", undefined, async () => clock.advance(5000));
    let written = false;
    const second = spacing.run("a", undefined, async () => {
      written = true;
    });
    clock.advance(999);
    await settled();
    expect(written).toBe(false);
    clock.advance(1);
    await second;
  });

  it("each get a turn of their own when they come together", async () => {
    const clock = createManualClock();
    const spacing = createWriteSpacing(clock, 1000);
    const done: number[] = [];
    const writes = [1, 2, 3].map((number) => spacing.run("a", undefined, async () => void done.push(number)));
    for (const count of [1, 2, 3]) {
      await settled();
      expect(done).toHaveLength(count);
      clock.advance(1000);
    }
    await Promise.all(writes);
    expect(done).toEqual([1, 2, 3]);
  });

  it("are spaced after a failed one too: the store may have written", async () => {
    const clock = createManualClock();
    const spacing = createWriteSpacing(clock, 1000);
    await expect(spacing.run("a", undefined, () => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
    const second = spacing.run("a", undefined, async () => "written");
    expect(clock.sleepers()).toEqual([1000]);
    clock.advance(1000);
    expect(await second).toBe("written");
  });

  it("do not wait for a clock that was set back", async () => {
    const clock = createManualClock();
    const spacing = createWriteSpacing(clock, 1000);
    await spacing.run("a", undefined, async () => undefined);
    clock.advance(-3_600_000);
    const second = spacing.run("a", undefined, async () => "written");
    expect(clock.sleepers()).toEqual([1000]);
    clock.advance(1000);
    expect(await second).toBe("written");
  });

  it("are forgotten when their time is over", async () => {
    const clock = createManualClock();
    const spacing = createWriteSpacing(clock, 1000);
    for (let index = 0; index < 5000; index += 1) {
      await spacing.run(`key-${index}`, undefined, async () => undefined);
      clock.advance(100);
    }
    expect(spacing.size()).toBeLessThanOrEqual(11);
  });
});
