import { expect, test } from "vitest";
import { startRuntime } from "../testing/runtime-fixture";

test("when the newest backup's object is gone behind our back, the one before it is the base, and nothing is sent again", async () => {
  const server = await startRuntime();
  try {
    await server.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
    const older = await server.backUp();
    const newer = await server.backUp();
    const key = (await server.keys()).find((name) => name.endsWith(newer.id));
    await server.store.delete(key ?? "");

    const next = await server.backUp();
    expect(next.transfer).toMatchObject({ baseId: older.id, unchanged: true });
    expect(next.sentBytes).toBe(0);
  } finally {
    await server.stop();
    await server.remove();
  }
});
