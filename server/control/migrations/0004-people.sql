-- A person from an OpenID provider is issuer and subject, whatever email is claimed: only local accounts hold an email alone.
-- SQLite drops a UNIQUE of a column in no other way than with the table.
CREATE TABLE users_anew (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  session_version INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  last_sign_in_at TEXT,
  external_issuer TEXT,
  external_subject TEXT
);
INSERT INTO users_anew
  SELECT id, email, name, role, password_hash, session_version, disabled, created_at, last_sign_in_at, NULL, NULL FROM users;
DROP TABLE users;
ALTER TABLE users_anew RENAME TO users;
CREATE UNIQUE INDEX users_by_email ON users (email) WHERE external_issuer IS NULL;
CREATE UNIQUE INDEX users_by_subject ON users (external_issuer, external_subject) WHERE external_issuer IS NOT NULL;

-- The code stands in the link only. A row goes when it is used, withdrawn or over; the audit keeps what happened.
CREATE TABLE invitations (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  code_hash TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_by_id TEXT NOT NULL,
  expires_at TEXT NOT NULL
) WITHOUT ROWID;

-- Sessions that were signed out before their time: a copied cookie must not outlive them.
CREATE TABLE ended_sessions (
  session_hash TEXT PRIMARY KEY NOT NULL,
  ends_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX audit_by_actor ON audit (actor_id, id);
CREATE INDEX audit_by_action ON audit (action, id);
