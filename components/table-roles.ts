/** Narrow screens lay tables out as cards by `display`, and browsers then drop a table's own roles: these put them back. */
export const TABLE_ROLES = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  cell: { role: "cell" },
  column: { role: "columnheader", scope: "col" },
  rowHeader: { role: "rowheader", scope: "row" },
} as const;
