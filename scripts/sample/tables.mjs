// @ts-check
import { CATEGORIES, CITIES, FIRST_NAMES, LAST_NAMES, STATUSES, TIERS, VENUES, WORDS } from "./words.mjs";

/**
 * One table of the sample: how it is made and how its rows `from` … `to` (inclusive, ids from 1) are written.
 * @typedef {object} SampleTable
 * @property {string} name
 * @property {number} rows
 * @property {string} create
 * @property {(from: number, to: number) => string} insert
 */

export const TABLE_NAMES = ["members", "events", "registrations", "messages"];

const DAY_SECONDS = 86_400;
const FIRST_DAY = "TIMESTAMP '2023-01-01 00:00:00'";
/** Three and a half years of events. */
const DAYS = 1_280;
const PHRASES = 4_096;
const PHRASE_WORDS = 12;

/**
 * Every value is a function of seed, table, row and field, so that batches of any size, in any order, give the same data.
 * @param {{ seed: number, units: number }} plan `units`: one event with its people, registrations and messages
 * @returns {SampleTable[]}
 */
export function sampleTables({ seed, units }) {
  const counts = { members: units * 12, events: units, registrations: units * 24, messages: units * 60 };
  const chance = (/** @type {string} */ field, /** @type {string} */ key = "i") => `hash(${seed}, '${field}', ${key})`;
  const pick = (/** @type {string[]} */ from, /** @type {string} */ field, key = "i") =>
    `(${listOf(from)})[1 + (${chance(field, key)} % ${from.length})::INT]`;
  const number = (/** @type {string} */ field, /** @type {number} */ below, key = "i") =>
    `(${chance(field, key)} % ${below})::BIGINT`;
  // The square of a chance: some members and events are in everything, most in little.
  const skewed = (/** @type {string} */ field, /** @type {number} */ count) =>
    `1 + floor(pow(${number(field, 1_000_000)} / 1000000.0, 2) * ${count})::BIGINT`;
  // Joins, because a list of words carried along in each row took many times as long.
  const phrases = `words AS (SELECT unnest(${listOf(WORDS)}) AS word, unnest(range(${WORDS.length})) AS n),
    phrases AS MATERIALIZED (SELECT phrase AS n, string_agg(word, ' ' ORDER BY place) AS text
      FROM range(${PHRASES}) AS numbers(phrase), range(${PHRASE_WORDS}) AS places(place)
      JOIN words ON words.n = ${number("word", WORDS.length, "phrase * 100 + place")} GROUP BY phrase)`;
  // Three to six of them.
  const sentence = (/** @type {string} */ field) =>
    `concat_ws(' ', p0.text, p1.text, p2.text, ${[3, 4, 5].map((at) => `CASE WHEN ${number(`${field}.long`, 4)} > ${at - 3} THEN p${at}.text END`).join(", ")})`;
  const withPhrases = (/** @type {string} */ field) =>
    [0, 1, 2, 3, 4, 5]
      .map((at) => `JOIN phrases AS p${at} ON p${at}.n = ${number(`${field}.${at}`, PHRASES)}`)
      .join(" ");
  const startsAt = (/** @type {string} */ event) =>
    `${FIRST_DAY} + to_days(${number("event.day", DAYS, event)}::INT) + to_hours(17 + ${number("event.hour", 5, event)})`;
  const before = (/** @type {string} */ moment, /** @type {string} */ field, /** @type {number} */ days) =>
    `${moment} - to_seconds(${number(field, days * DAY_SECONDS)})`;

  return [
    {
      name: "members",
      rows: counts.members,
      create: `CREATE TABLE members (member_id BIGINT PRIMARY KEY, name VARCHAR NOT NULL, email VARCHAR NOT NULL,
        tier VARCHAR NOT NULL, city VARCHAR NOT NULL, joined_at TIMESTAMP NOT NULL, lifetime_spend DECIMAL(12,2) NOT NULL)`,
      insert: (from, to) => `INSERT INTO members
        SELECT i, first || ' ' || last, lower(replace(first, '-', '')) || '.' || lower(last) || i || '@example.com',
          ${pick(TIERS, "member.tier")}, ${pick(CITIES, "member.city")},
          ${FIRST_DAY} + to_seconds(${number("member.joined", DAYS * DAY_SECONDS)}),
          (${number("member.spend", 250_000_000)} / 100)::DECIMAL(12,2)
        FROM (SELECT i, ${pick(FIRST_NAMES, "member.first")} AS first, ${pick(LAST_NAMES, "member.last")} AS last
          FROM range(${from}, ${to} + 1) AS rows(i))`,
    },
    {
      name: "events",
      rows: counts.events,
      create: `CREATE TABLE events (event_id BIGINT PRIMARY KEY, host_id BIGINT NOT NULL REFERENCES members (member_id),
        title VARCHAR NOT NULL, category VARCHAR NOT NULL, venue VARCHAR NOT NULL, city VARCHAR NOT NULL,
        starts_at TIMESTAMP NOT NULL, capacity INTEGER NOT NULL, price DECIMAL(10,2) NOT NULL, description VARCHAR NOT NULL)`,
      insert: (from, to) => `INSERT INTO events WITH ${phrases}
        SELECT i, ${skewed("event.host", counts.members)}, ${pick(CATEGORIES, "event.category")} || ' at ' || ${pick(VENUES, "event.venue")},
          ${pick(CATEGORIES, "event.category")}, ${pick(VENUES, "event.venue")}, ${pick(CITIES, "event.city")},
          ${startsAt("i")}, (8 + ${number("event.capacity", 240)})::INT, (${price("i")})::DECIMAL(10,2), ${sentence("event.text")}
        FROM range(${from}, ${to} + 1) AS rows(i) ${withPhrases("event.text")} ORDER BY i`,
    },
    {
      name: "registrations",
      rows: counts.registrations,
      create: `CREATE TABLE registrations (registration_id BIGINT PRIMARY KEY,
        event_id BIGINT NOT NULL REFERENCES events (event_id), member_id BIGINT NOT NULL REFERENCES members (member_id),
        status VARCHAR NOT NULL, seats INTEGER NOT NULL, amount DECIMAL(12,2) NOT NULL, registered_at TIMESTAMP NOT NULL)`,
      insert: (from, to) => `INSERT INTO registrations
        SELECT i, event, member, ${pick(STATUSES, "registration.status")}, seats::INT,
          (seats * ${price("event")})::DECIMAL(12,2), ${before(startsAt("event"), "registration.at", 60)}
        FROM (SELECT i, ${skewed("registration.event", counts.events)} AS event,
          ${skewed("registration.member", counts.members)} AS member, 1 + ${number("registration.seats", 4)} AS seats
          FROM range(${from}, ${to} + 1) AS rows(i))`,
    },
    {
      name: "messages",
      rows: counts.messages,
      create: `CREATE TABLE messages (message_id BIGINT PRIMARY KEY, event_id BIGINT NOT NULL REFERENCES events (event_id),
        sender VARCHAR NOT NULL, body VARCHAR NOT NULL, sent_at TIMESTAMP NOT NULL)`,
      insert: (from, to) => `INSERT INTO messages WITH ${phrases}
        SELECT i, event, ${pick(FIRST_NAMES, "message.first")} || ' ' || ${pick(LAST_NAMES, "message.last")},
          ${sentence("message.text")}, ${before(startsAt("event"), "message.at", 30)}
        FROM (SELECT i, ${skewed("message.event", counts.events)} AS event FROM range(${from}, ${to} + 1) AS rows(i))
          ${withPhrases("message.text")} ORDER BY i`,
    },
  ];

  /** @param {string} event */
  function price(event) {
    return `500 + 10 * ${number("event.price", 1_950, event)}`;
  }
}

/** The one index beside the keys, made last: building it at once is faster than keeping it up. */
export const CREATE_INDEX = "CREATE INDEX registrations_by_time ON registrations (registered_at)";

/** @param {string[]} texts */
function listOf(texts) {
  return `[${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(", ")}]`;
}
