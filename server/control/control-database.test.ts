import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { apiTokens, memory } from "./schema";
import { openTestDatabase } from "./testing/test-control";

test("an error of the engine comes out without the values of its statement", async () => {
  const { database } = await openTestDatabase();
  await database.client.execute("DROP TABLE api_tokens");
  const reading = database.read((db) => db.select().from(apiTokens).where(eq(apiTokens.secretHash, "deadbeef")));
  const error = await reading.then(
    () => null,
    (reason: Error) => reason,
  );
  expect(error?.message).toContain("no such table: api_tokens");
  expect(`${error?.message} ${error?.stack} ${JSON.stringify(error)}`).not.toContain("deadbeef");
});

test("writes take turns: what one reads is still true when it writes", async () => {
  const { database } = await openTestDatabase();
  await database.batch([database.db.insert(memory).values({ name: "n", value: "0" })]);
  const increment = () =>
    database.write(async (db) => {
      const [row] = await db.select().from(memory);
      await new Promise(setImmediate);
      await db.update(memory).set({ value: String(Number(row?.value) + 1) });
    });
  await Promise.all(Array.from({ length: 50 }, increment));
  expect((await database.read((db) => db.select().from(memory)))[0]?.value).toBe("50");
});

test("a batch is all or nothing, and a failure does not hold up the next one", async () => {
  const { database } = await openTestDatabase();
  const insert = (name: string) => database.db.insert(memory).values({ name, value: "" });
  await expect(database.batch([insert("a"), insert("b"), insert("a")])).rejects.toThrow("UNIQUE");
  expect(await database.read((db) => db.select().from(memory))).toEqual([]);
  await database.batch([insert("a")]);
  expect(await database.read((db) => db.select().from(memory))).toHaveLength(1);
});
