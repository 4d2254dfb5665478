import { getTableColumns, getTableName } from "drizzle-orm";
import { expect, test } from "vitest";
import * as schema from "./schema";
import { openTestDatabase } from "./testing/test-control";

test.each(Object.values(schema).map((table) => [getTableName(table), table] as const))(
  "what drizzle knows of %s is what the migrations have made",
  async (name, table) => {
    const { database } = await openTestDatabase();
    const { rows } = await database.client.execute(`PRAGMA table_info(${name})`);
    const made = rows.map((row) => `${row.name} ${row.type} ${row.notnull || row.pk ? "required" : "optional"}`);
    const known = Object.values(getTableColumns(table)).map(
      (column) => `${column.name} ${column.getSQLType().toUpperCase()} ${column.notNull ? "required" : "optional"}`,
    );
    expect(known.sort()).toEqual(made.sort());
  },
);
