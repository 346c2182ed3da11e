/** Reads a state folder, also while a server writes it. */
import { SEVERITIES } from '../events/index.js';
import type { Alert, Ending, Severity } from '../events/index.js';
import { MessageCutter } from '../capture/messages.js';
import type { Close, Message, Session } from '../capture/types.js';
import { isDataService } from '../model/names.js';
import { openForReading, storeError } from './open.js';
import type { Activity, ActivitySource, RecordedSession, Sample, Side, StoredEvent, Whole } from './records.js';
import { IS_RELAYED, IS_SAMPLE, IS_SETTLED } from './samples.js';
import { bytesOf, numberOf, textOf } from './sqlite.js';
import type { Row, Sql, Value } from './sqlite.js';

/** Which events are wanted; what is left out does not matter. */
export interface EventFilter {
  /** Milliseconds since the epoch. */
  readonly since?: number;
  /** At least. */
  readonly severity?: Severity;
  readonly kind?: string;
  readonly source?: string;
  readonly service?: string;
  /** The beginning of its id is enough. */
  readonly activity?: string;
  /** Only those behind the event with this number. */
  readonly after?: number;
}

/** Which activities are wanted. */
export interface ActivityFilter {
  readonly since?: number;
  readonly kind?: Activity['kind'];
  readonly source?: string;
  readonly service?: string;
  readonly activity?: string;
}

/** A recorded session: what is known of it, and what was said. */
export interface Recorded {
  readonly facts: RecordedSession;
  readonly session: Session;
}

/** Events that are read at a time. */
const BATCH = 1_000;

/** Conditions and their values, as SQL. */
class Where {
  readonly #parts: string[] = [];
  readonly values: Value[] = [];

  and(condition: string, ...values: readonly (Value | undefined)[]): this {
    const given = values.filter((value) => value !== undefined);
    if (given.length < values.length) return this;
    this.#parts.push(condition);
    this.values.push(...given);
    return this;
  }

  get text(): string {
    return this.#parts.length === 0 ? '' : ` WHERE ${this.#parts.join(' AND ')}`;
  }
}

/** A prefix for LIKE; ids have no signs that mean anything there. */
const prefix = (id: string | undefined): string | undefined => id && `${id.replaceAll(/[^0-9a-z]/gi, '')}%`;

export class State {
  readonly #folder: string;
  readonly #sql: Sql;

  private constructor(folder: string, sql: Sql) {
    this.#folder = folder;
    this.#sql = sql;
  }

  /** Opens a state folder for reading. @throws {@link StoreError} */
  static async open(folder: string): Promise<State> {
    return new State(folder, await openForReading(folder));
  }

  /** Events in their order. */
  *events(filter: EventFilter = {}): Generator<StoredEvent> {
    let { after = 0 } = filter;
    for (;;) {
      const where = new Where()
        .and('id > ?', after)
        .and('time >= ?', filter.since)
        .and('severity >= ?', filter.severity && SEVERITIES.indexOf(filter.severity))
        .and('kind = ?', filter.kind)
        .and('source = ?', filter.source)
        .and('service = ?', filter.service)
        .and('activity LIKE ?', prefix(filter.activity));
      const rows = this.#all(`SELECT * FROM events${where.text} ORDER BY id LIMIT ${BATCH}`, where.values);
      for (const row of rows) {
        after = numberOf(row['id']);
        yield eventOf(row);
      }
      if (rows.length < BATCH) return;
    }
  }

  /** Activities, the latest last. */
  activities(filter: ActivityFilter = {}): Activity[] {
    const where = new Where()
      .and('last >= ?', filter.since)
      .and('kind = ?', filter.kind)
      .and('service = ?', filter.service)
      .and('id LIKE ?', prefix(filter.activity))
      .and('id IN (SELECT activity FROM sources WHERE source = ?)', filter.source);
    return this.#all(`SELECT * FROM activities${where.text} ORDER BY last, id`, where.values).map(activityOf);
  }

  /** Who took part in an activity, the most frequent first. */
  sourcesOf(activity: string): ActivitySource[] {
    const rows = this.#all('SELECT * FROM sources WHERE activity = ? ORDER BY count DESC, source', [activity]);
    return rows.map((row) => ({
      source: textOf(row['source']),
      count: numberOf(row['count']),
      first: numberOf(row['first']),
      last: numberOf(row['last']),
    }));
  }

  /** What rotation and limits have cost so far, and how often a server has begun. */
  counters(): Readonly<Record<string, number>> {
    const rows = this.#all('SELECT name, value FROM counters ORDER BY name', []);
    return Object.fromEntries(rows.map((row) => [textOf(row['name']), numberOf(row['value'])]));
  }

  /** Recorded sessions in the order of their start, one in memory at a time. */
  *recordings(filter: { readonly activity?: string; readonly source?: string; readonly since?: number } = {}) {
    const where = new Where()
      .and('c.activity LIKE ?', prefix(filter.activity))
      .and('c.source = ?', filter.source)
      .and('s.start >= ?', filter.since);
    const rows = this.#all(
      `SELECT s.*, c.activity FROM sessions s JOIN conversations c ON c.id = s.conversation${where.text} ORDER BY s.start, s.id`,
      where.values,
    );
    for (const row of rows) yield this.#recorded(row);
  }

  /**
   * The conversations that began with an activity, for refinement: all sessions of them that are whole, in
   * the order of their start.
   */
  conversationsOf(activity: string): Session[] {
    const sessions: Session[] = [];
    for (const { facts, session } of this.recordings({ activity })) if (facts.whole === 'whole') sessions.push(session);
    return sessions;
  }

  /** Conversations that were handed over and can be learned from, of one activity or of all, the latest first. */
  samples(activity?: string): Sample[] {
    const where = new Where().and(IS_SAMPLE).and('c.activity LIKE ?', prefix(activity));
    const rows = this.#all(
      `SELECT c.*, (SELECT coalesce(sum(length(m.bytes)), 0) FROM messages m JOIN sessions s ON s.id = m.session
         WHERE s.conversation = c.id AND ${IS_RELAYED}) AS size
       FROM conversations c${where.text} ORDER BY c.id DESC`,
      where.values,
    );
    return rows.map((row) => ({
      conversation: numberOf(row['id']),
      source: textOf(row['source']),
      start: numberOf(row['start']),
      size: numberOf(row['size']),
    }));
  }

  /** What was said with the real host in a sample, and what it refused, in sessions in the order of their start. */
  sessionsOf({ conversation }: Sample): Session[] {
    const rows = this.#all(
      `SELECT s.*, c.activity FROM sessions s JOIN conversations c ON c.id = s.conversation
       WHERE c.id = ? AND ${IS_SETTLED} ORDER BY s.start, s.id`,
      [conversation],
    );
    return rows.map((row): Session => {
      const { session } = this.#recorded(row);
      return row['relay'] === 'refused' ? { ...session, messages: [], outcome: 'refused' } : session;
    });
  }

  close(): void {
    this.#sql.close();
  }

  #recorded(row: Row): Recorded {
    const facts = factsOf(row);
    const rows = this.#all('SELECT * FROM messages WHERE session = ? ORDER BY id', [facts.id]);
    return { facts, session: sessionOf(facts, row, rows) };
  }

  #all(text: string, values: readonly Value[]): readonly Row[] {
    try {
      return this.#sql.all(text, ...values);
    } catch (error) {
      throw storeError(this.#folder, error);
    }
  }
}

function eventOf(row: Row): StoredEvent {
  const detail = JSON.parse(textOf(row['detail']), (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'base64' in value
      ? new Uint8Array(Buffer.from(String(value.base64), 'base64'))
      : value,
  ) as Record<string, unknown>;
  const kind = textOf(row['kind']);
  const base = { event: kind, time: numberOf(row['time']), severity: SEVERITIES[numberOf(row['severity'])] ?? 'info' };
  const where =
    kind === 'rotated'
      ? {}
      : kind === 'refined'
        ? { service: row['service'] }
        : { session: row['session'], service: row['service'], source: row['source'] };
  const request = row['request'] === null ? {} : { request: bytesOf(row['request']) };
  const what = row['activity'] === null ? {} : { activity: row['activity'], ...request };
  // Written by ourselves from an Alert of this kind.
  const alert = { ...base, ...where, ...what, ...detail } as unknown as Alert;
  const conversation = row['conversation'];
  return { id: numberOf(row['id']), conversation: typeof conversation === 'number' ? conversation : null, alert };
}

function activityOf(row: Row): Activity {
  const kind = textOf(row['kind']);
  return {
    id: textOf(row['id']),
    kind: kind === 'new' || kind === 'thin' ? kind : 'known',
    service: textOf(row['service']),
    words: textOf(row['words']),
    example: row['example'] === null ? null : bytesOf(row['example']),
    path: JSON.parse(textOf(row['path'])) as number[],
    count: numberOf(row['count']),
    first: numberOf(row['first']),
    last: numberOf(row['last']),
    sources: numberOf(row['sources']),
    unlisted: numberOf(row['unlisted']),
    learned: typeof row['learned'] === 'number' ? row['learned'] : null,
  };
}

function factsOf(row: Row): RecordedSession {
  const service = textOf(row['service']);
  // The port in the model, not the one that the service was moved to; data sessions have one of their own.
  const port = isDataService(service) ? numberOf(row['server_port']) : Number(service.split('/')[1]);
  return {
    id: numberOf(row['id']),
    conversation: numberOf(row['conversation']),
    activity: textOf(row['activity']),
    service,
    client: { address: textOf(row['client']), port: numberOf(row['client_port']) },
    server: { address: textOf(row['server']), port },
    whole: textOf(row['whole']) as Whole,
    ending: row['ending'] === null ? null : (textOf(row['ending']) as Ending),
    handedOver: numberOf(row['handed_over']) === 1,
  };
}

function closeOf(service: string, ending: Ending | null): Close {
  const [by, how] = ending?.split(' ') ?? [];
  if (service.startsWith('udp') || (by !== 'client' && by !== 'server') || (how !== 'fin' && how !== 'rst'))
    return { by: 'nobody', how: 'open' };
  return { by, how };
}

function messagesOf(isTcp: boolean, rows: readonly Row[]): Message[] {
  const cutter = new MessageCutter();
  const datagrams: Message[] = [];
  for (const row of rows) {
    const from = (textOf(row['side']) as Side) === 'client' ? 'client' : 'server';
    const bytes = bytesOf(row['bytes']);
    const time = numberOf(row['time']) / 1000;
    const port = row['port'];
    if (isTcp) cutter.add(from, bytes, time);
    else {
      const datagram = { from, bytes, time, lastTime: time, pieces: [bytes.length] } as const;
      datagrams.push(typeof port === 'number' ? { ...datagram, serverPort: port } : datagram);
    }
  }
  return isTcp ? cutter.end() : datagrams;
}

function sessionOf(facts: RecordedSession, row: Row, rows: readonly Row[]): Session {
  const isTcp = facts.service.startsWith('tcp');
  const messages = messagesOf(isTcp, rows);
  const start = numberOf(row['start']) / 1000;
  const stop = typeof row['stop'] === 'number' ? row['stop'] / 1000 : start;
  const isCut = facts.whole !== 'whole' && facts.whole !== 'open';
  const isAnswered = isTcp || messages.some(({ from }) => from === 'server');
  return {
    id: facts.id,
    transport: isTcp ? 'tcp' : 'udp',
    client: facts.client,
    server: facts.server,
    start,
    end: Math.max(stop, messages.at(-1)?.lastTime ?? start),
    messages,
    halfClosed: numberOf(row['half_closed']) === 1,
    close: closeOf(facts.service, facts.ending),
    outcome: isCut ? 'gap' : isAnswered ? 'complete' : 'unanswered',
  };
}
