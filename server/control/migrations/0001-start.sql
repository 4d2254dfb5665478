-- One row is one operation, whole: steps and facts travel as JSON so that a single write never leaves half of it.
CREATE TABLE operations (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  backup_id TEXT,
  actor TEXT NOT NULL,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  summary TEXT,
  error TEXT,
  steps TEXT NOT NULL,
  detail TEXT NOT NULL,
  revision INTEGER NOT NULL
);

CREATE INDEX operations_by_kind ON operations (kind, id);
CREATE INDEX operations_by_state ON operations (state, id);
CREATE INDEX operations_by_backup ON operations (backup_id, id) WHERE backup_id IS NOT NULL;

CREATE TABLE operation_log (
  operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  at TEXT NOT NULL,
  level TEXT NOT NULL,
  step TEXT,
  text TEXT NOT NULL,
  PRIMARY KEY (operation_id, sequence)
) WITHOUT ROWID;

CREATE TABLE memory (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE uploads (
  upload_id TEXT PRIMARY KEY NOT NULL,
  key TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  created_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE users (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  session_version INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  last_sign_in_at TEXT
);

-- `bucket` is "address:…", "setup:…" or "email:" with a digest: people type passwords into the email field.
CREATE TABLE sign_in_attempts (
  bucket TEXT PRIMARY KEY NOT NULL,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  locked_until INTEGER NOT NULL,
  told INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX sign_in_attempts_by_age ON sign_in_attempts (last_at);

CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  tail TEXT NOT NULL,
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at TEXT,
  last_used_at TEXT,
  last_used_from TEXT,
  revoked_at TEXT
);

-- AUTOINCREMENT: an id is never used twice, so "before this row" keeps its meaning.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  address TEXT,
  action TEXT NOT NULL,
  target TEXT,
  detail TEXT NOT NULL
);
