-- `sealed` holds address and secrets, encrypted: a copy of this file alone gives none of them away.
CREATE TABLE alert_channels (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  events TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at TEXT NOT NULL,
  failures INTEGER NOT NULL,
  failing_since TEXT
);

-- What was told and is not over: one row a key, so that a restart neither repeats nor forgets it.
CREATE TABLE alert_matters (
  key TEXT PRIMARY KEY NOT NULL,
  notice TEXT NOT NULL,
  since TEXT NOT NULL,
  remind_at TEXT,
  heard TEXT NOT NULL
) WITHOUT ROWID;

-- Written before the first try: what waits here is sent by the next process.
CREATE TABLE alert_deliveries (
  id TEXT PRIMARY KEY NOT NULL,
  channel_id TEXT NOT NULL,
  event TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  key TEXT NOT NULL,
  message TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  finished_at TEXT,
  answer TEXT,
  next_try_at TEXT
);

CREATE INDEX alert_deliveries_by_channel ON alert_deliveries (channel_id, id);
CREATE INDEX alert_deliveries_waiting ON alert_deliveries (id) WHERE state = 'waiting';
