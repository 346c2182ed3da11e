/** The tables, and how an older file becomes one of today: one step for each version. */
import type { Sql } from './sqlite.js';

/** `sgst`: tells our files from other databases. */
export const APPLICATION = 0x73677374;

/** The version that a file has after each step; a step that is released is never changed. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    severity INTEGER NOT NULL,
    session INTEGER,
    service TEXT NOT NULL,
    source TEXT NOT NULL,
    activity TEXT,
    conversation INTEGER,
    request BLOB,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_activity ON events (activity);
  CREATE TABLE activities (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    service TEXT NOT NULL,
    words TEXT NOT NULL,
    example BLOB,
    sketch TEXT,
    path TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    sources INTEGER NOT NULL,
    unlisted INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sources (
    activity TEXT NOT NULL,
    source TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (activity, source)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    activity TEXT NOT NULL,
    start INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX conversations_activity ON conversations (activity);
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    service TEXT NOT NULL,
    client TEXT NOT NULL,
    client_port INTEGER NOT NULL,
    server TEXT NOT NULL,
    server_port INTEGER NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER,
    whole TEXT NOT NULL,
    ending TEXT,
    half_closed INTEGER NOT NULL DEFAULT 0,
    handed_over INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX sessions_conversation ON sessions (conversation);
  CREATE INDEX sessions_whole ON sessions (whole) WHERE whole = 'open';
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL,
    time INTEGER NOT NULL,
    side TEXT NOT NULL,
    port INTEGER,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX messages_session ON messages (session, id);
  `,
  `
  ALTER TABLE sessions ADD COLUMN relay TEXT;
  ALTER TABLE conversations ADD COLUMN sample TEXT;
  ALTER TABLE activities ADD COLUMN learned INTEGER;
  CREATE INDEX sessions_relay ON sessions (conversation) WHERE relay = 'fresh';
  CREATE TABLE refinements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    activity TEXT NOT NULL,
    version INTEGER NOT NULL,
    stamp TEXT NOT NULL,
    waits INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX refinements_activity ON refinements (activity);
  `,
];

/** The version that this program writes. */
export const VERSION = STEPS.length;

/** Brings the tables from a version to today's, all or nothing. */
export function migrate(sql: Sql, from: number): void {
  if (from === VERSION) return;
  sql.exec('BEGIN IMMEDIATE');
  try {
    for (const step of STEPS.slice(from)) sql.exec(step);
    sql.exec(`PRAGMA user_version = ${VERSION}; PRAGMA application_id = ${APPLICATION}`);
    sql.exec('COMMIT');
  } catch (error) {
    sql.exec('ROLLBACK');
    throw error;
  }
}
