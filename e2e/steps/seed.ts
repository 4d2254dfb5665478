import type { Api } from "../harness/api";

export const MEMBERS = 1_000;
export const EVENTS = 240;

/** Two tables with keys, an index, text, amounts and times, whose rows every later check can count. */
export async function seed(api: Api): Promise<void> {
  await api.transaction([
    "CREATE TABLE members (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, joined TIMESTAMP)",
    `INSERT INTO members SELECT range, 'Member ' || range, TIMESTAMP '2026-01-01' + INTERVAL (range) HOUR FROM range(${MEMBERS})`,
    "CREATE TABLE events (id INTEGER PRIMARY KEY, title VARCHAR, fee DECIMAL(10, 2))",
    `INSERT INTO events SELECT range, 'Event ' || range, range * 10.5 FROM range(${EVENTS})`,
    "CREATE INDEX events_by_title ON events (title)",
  ]);
}

/** Makes the file some 30 MB, of several parts: text that does not compress away. */
export async function grow(api: Api): Promise<void> {
  const digests = ["1", "2", "3", "4"].map((salt) => `md5(range::VARCHAR || '-${salt}')`).join(" || ");
  await api.sql(`CREATE TABLE photos AS SELECT range AS id, ${digests} AS content FROM range(400000)`);
}
