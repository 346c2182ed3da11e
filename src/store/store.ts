/**
 * Writes a state folder. Everything goes through one transaction at a time, which is opened by the first
 * write and ended by {@link Store.commit}; so what belongs together is there together, or not at all.
 */
import type { Alert } from '../events/index.js';
import { SEVERITIES } from '../events/severity.js';
import type { Owned } from './open.js';
import type { Activity, Side, Whole } from './records.js';
import type { Sql } from './sqlite.js';
import { numberOf, textOf } from './sqlite.js';

/** Sources that are listed for one activity; the rest is counted. */
const MOST_SOURCES = 1_000;
/** Conversations that one step of rotation removes; events are smaller. */
const STEP = 16;

/** An activity as it is begun. */
export type NewActivity = Pick<Activity, 'id' | 'kind' | 'service' | 'words' | 'example' | 'path'> & {
  readonly sketch: string | null;
};

/** A session as it is begun. */
export interface NewSession {
  readonly conversation: number;
  readonly number: number;
  readonly service: string;
  readonly client: { readonly address: string; readonly port: number };
  readonly server: { readonly address: string; readonly port: number };
  readonly start: number;
}

/** How often somebody did something since it was last written down. */
export interface Tallied {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** The folder could not be written a moment ago, and is not tried again yet. */
export class Resting extends Error {
  override readonly name = 'Resting';
}

/** Invariant: `#isOpen` exactly while the database is inside a transaction. */
export class Store {
  readonly #owned: Owned;
  readonly #sql: Sql;
  #isOpen = false;
  #restUntil = -Infinity;

  constructor(owned: Owned) {
    this.#owned = owned;
    this.#sql = owned.sql;
  }

  /** Ends the transaction, if there is one. What was written survives the end of this process; see {@link Store.sync}. */
  commit(): void {
    if (!this.#isOpen) return;
    this.#sql.exec('COMMIT');
    this.#isOpen = false;
  }

  /** What was committed survives the end of the machine, too, when this returns. */
  sync(): void {
    this.commit();
    this.#owned.sync();
  }

  /** Writes nothing for so many milliseconds: each attempt could hold up everything again. */
  rest(milliseconds: number): void {
    this.#restUntil = performance.now() + milliseconds;
  }

  /** Gives up what was not committed. */
  rollback(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#sql.exec('ROLLBACK');
  }

  /** Groups that were begun in earlier runs. */
  groups(): { id: string; service: string; sketch: string }[] {
    const rows = this.#sql.all(`SELECT id, service, sketch FROM activities WHERE kind = 'new' ORDER BY first`);
    return rows.map((row) => ({
      id: textOf(row['id']),
      service: textOf(row['service']),
      sketch: textOf(row['sketch']),
    }));
  }

  /** Conversations of each activity. */
  recordings(): Map<string, number> {
    const rows = this.#sql.all('SELECT activity, count(*) AS n FROM conversations GROUP BY activity');
    return new Map(rows.map((row) => [textOf(row['activity']), numberOf(row['n'])]));
  }

  /** Something of this session could not be written. */
  markCut(session: number): void {
    this.#begin();
    this.#sql.run(`UPDATE sessions SET whole = 'cut by a fault' WHERE id = ?`, session);
  }

  /** Ids of the activities that are there. */
  activityIds(): string[] {
    return this.#sql.all('SELECT id FROM activities').map((row) => textOf(row['id']));
  }

  addActivity({ id, kind, service, words, example, path, sketch }: NewActivity, time: number): void {
    this.#begin();
    this.#sql.run(
      `INSERT INTO activities (id, kind, service, words, example, sketch, path, count, first, last, sources, unlisted)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0, 0) ON CONFLICT (id) DO NOTHING`,
      id,
      kind,
      service,
      words,
      example,
      sketch,
      JSON.stringify(path),
      time,
      time,
    );
  }

  /** A template that has become more general. */
  changeActivity(id: string, words: string, sketch: string): void {
    this.#begin();
    this.#sql.run('UPDATE activities SET words = ?, sketch = ? WHERE id = ?', words, sketch, id);
  }

  /** A source did something so many times more. */
  tally(activity: string, source: string, { count, first, last }: Tallied): void {
    this.#begin();
    const sql = this.#sql;
    sql.run('UPDATE activities SET count = count + ?, last = max(last, ?) WHERE id = ?', count, last, activity);
    const known = sql.run(
      'UPDATE sources SET count = count + ?, last = max(last, ?) WHERE activity = ? AND source = ?',
      count,
      last,
      activity,
      source,
    );
    if (known.changes > 0) return;
    if (sql.number('SELECT sources FROM activities WHERE id = ?', activity) >= MOST_SOURCES) {
      sql.run('UPDATE activities SET unlisted = unlisted + ? WHERE id = ?', count, activity);
      return;
    }
    sql.run('UPDATE activities SET sources = sources + 1 WHERE id = ?', activity);
    sql.run(
      'INSERT INTO sources (activity, source, count, first, last) VALUES (?, ?, ?, ?, ?)',
      activity,
      source,
      count,
      first,
      last,
    );
  }

  addEvent(alert: Alert, conversation: number | null): void {
    this.#begin();
    const { event, time, severity, ...rest } = alert;
    const request = 'request' in rest ? rest.request : null;
    this.#sql.run(
      `INSERT INTO events (time, kind, severity, session, service, source, activity, conversation, request, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      time,
      event,
      SEVERITIES.indexOf(severity),
      'session' in rest ? rest.session : null,
      'service' in rest ? rest.service : '',
      'source' in rest ? rest.source : '',
      'activity' in rest ? rest.activity : null,
      conversation,
      request,
      detailOf(alert),
    );
  }

  addConversation(source: string, activity: string, start: number): number {
    this.#begin();
    return this.#sql.run(
      'INSERT INTO conversations (source, activity, start) VALUES (?, ?, ?)',
      source,
      activity,
      start,
    ).id;
  }

  addSession({ conversation, number, service, client, server, start }: NewSession): number {
    this.#begin();
    return this.#sql.run(
      `INSERT INTO sessions (conversation, number, service, client, client_port, server, server_port, start, whole)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open')`,
      conversation,
      number,
      service,
      client.address,
      client.port,
      server.address,
      server.port,
      start,
    ).id;
  }

  addMessage(session: number, time: number, side: Side, port: number | null, bytes: Uint8Array): void {
    this.#begin();
    this.#sql.run(
      'INSERT INTO messages (session, time, side, port, bytes) VALUES (?, ?, ?, ?, ?)',
      session,
      time,
      side,
      port,
      bytes,
    );
  }

  handedOver(session: number): void {
    this.#begin();
    this.#sql.run('UPDATE sessions SET handed_over = 1 WHERE id = ?', session);
    this.#sql.run(
      `UPDATE conversations SET sample = 'fit' WHERE sample IS NULL AND id = (SELECT conversation FROM sessions WHERE id = ?)`,
      session,
    );
  }

  /** The real host has taken over. */
  relayed(session: number): void {
    this.#begin();
    this.#sql.run(`UPDATE sessions SET relay = 'fresh' WHERE id = ?`, session);
  }

  /** The port is closed at the real host: nothing was said, and that is worth knowing. */
  refused(session: number): void {
    this.#begin();
    this.#sql.run(`UPDATE sessions SET relay = 'refused' WHERE id = ?`, session);
  }

  /** Something of it was not for the real host, or went wrong there: nothing is learned from it. */
  noSample(conversation: number): void {
    this.#begin();
    this.#sql.run(`UPDATE conversations SET sample = 'unfit' WHERE id = ?`, conversation);
  }

  /** Writes what has a file of its own. */
  write<T>(work: (sql: Sql) => T): T {
    this.#begin();
    return work(this.#sql);
  }

  /** Reads, also what is not committed yet. */
  read<T>(work: (sql: Sql) => T): T {
    return work(this.#sql);
  }

  endSession(session: number, stop: number, whole: Whole, ending: string, isHalfClosed: boolean): void {
    this.#begin();
    this.#sql.run(
      'UPDATE sessions SET stop = ?, whole = ?, ending = ?, half_closed = ? WHERE id = ?',
      stop,
      whole,
      ending,
      isHalfClosed ? 1 : 0,
      session,
    );
  }

  /** Adds to a counter that is kept over restarts. */
  count(name: string, more: number): void {
    this.#begin();
    this.#sql.run(
      'INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value',
      name,
      more,
    );
  }

  /** Bytes that are in use: pages that rotation has freed are used again. */
  get used(): number {
    const sql = this.#sql;
    const pages = sql.number('PRAGMA page_count') - sql.number('PRAGMA freelist_count');
    return pages * sql.number('PRAGMA page_size');
  }

  /** One step of rotation: the oldest conversations go first, then the oldest events. Sessions that go on stay. */
  rotateStep(): { conversations: number; events: number } {
    this.#begin();
    const sql = this.#sql;
    const old = sql.all(
      `SELECT id FROM conversations c WHERE NOT EXISTS
         (SELECT 1 FROM sessions s WHERE s.conversation = c.id AND s.whole = 'open') ORDER BY id LIMIT ?`,
      STEP,
    );
    for (const row of old) this.#dropConversation(numberOf(row['id']));
    if (old.length > 0) return { conversations: old.length, events: 0 };
    const { changes } = sql.run(
      'DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?)',
      STEP * 64,
    );
    return { conversations: 0, events: changes };
  }

  close(): void {
    try {
      this.sync();
    } finally {
      this.#owned.close();
    }
  }

  #dropConversation(id: number): void {
    const sql = this.#sql;
    sql.run('DELETE FROM messages WHERE session IN (SELECT id FROM sessions WHERE conversation = ?)', id);
    sql.run('DELETE FROM sessions WHERE conversation = ?', id);
    sql.run('DELETE FROM conversations WHERE id = ?', id);
  }

  #begin(): void {
    if (this.#isOpen) return;
    if (performance.now() < this.#restUntil) throw new Resting('it could not be written a moment ago');
    this.#sql.exec('BEGIN IMMEDIATE');
    this.#isOpen = true;
  }
}

/** What of an event has no column of its own; bytes in base64. */
function detailOf(alert: Alert): string {
  const columns = new Set(['event', 'time', 'severity', 'session', 'service', 'source', 'activity', 'request']);
  const rest = Object.entries(alert).filter(([name]) => !columns.has(name));
  return JSON.stringify(Object.fromEntries(rest), (_, value: unknown) =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
  );
}
