import type { RuntimeFixture } from "../../testing/runtime-fixture";

/** Tables with known counts. Small unless a test is about parts: a part has 8 MiB. */
export async function fillOrders(server: RuntimeFixture, ballastRows = 20_000): Promise<RuntimeFixture> {
  await server.sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, text VARCHAR)");
  await server.sql("INSERT INTO orders SELECT range, md5(range::VARCHAR) FROM range(20000)");
  await server.sql("CREATE TABLE coupons AS SELECT range AS id FROM range(420)");
  await server.sql(
    `CREATE TABLE ballast AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(${ballastRows})`,
  );
  return server;
}
