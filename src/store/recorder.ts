/**
 * Listens to a server and keeps what matters: events, activities, and whole conversations from the moment
 * at which they hold an unknown request.
 *
 * The log is called before the server acts on what it tells. An unknown request and the start of a hand-over
 * are on the disk when the call returns. Where so many come that the disk would hold up the server, those
 * that nothing waits for are synced together a moment later; a hand-over always waits. What is lost then is
 * lost with the machine only, not with the process.
 */
import type { Alert, Log, ServeEvent } from '../events/index.js';
import type { ServiceModel } from '../model/types.js';
import { stableId } from '../react/paths.js';
import { Alerts, groupWords, plainAlert } from './alerts.js';
import type { Unknown } from './alerts.js';
import { Lessons } from './lessons.js';
import { Memory, OpenSession } from './memory.js';
import { openForWriting } from './open.js';
import { Budget, Seldom } from './pace.js';
import type { Side } from './records.js';
import { Resting, Store } from './store.js';
import { Tally } from './tally.js';

const MEBIBYTE = 1024 * 1024;

/** Bounds of what is kept. */
export interface Bounds {
  /** Bytes of the state folder's database. */
  readonly size: number;
  /** Bytes that one open session, and all of them, may hold in memory before they are known to matter. */
  readonly heldOfSession: number;
  readonly held: number;
  /** Bytes of one recorded session. */
  readonly recorded: number;
  /** Conversations that are recorded of one activity, unless they are handed over. */
  readonly ofActivity: number;
}

export const DEFAULT_BOUNDS: Bounds = {
  size: 1024 * MEBIBYTE,
  heldOfSession: MEBIBYTE / 4,
  held: 64 * MEBIBYTE,
  recorded: 64 * MEBIBYTE,
  ofActivity: 200,
};

/** Who wants to know. */
export interface Listeners {
  /** Each event that is kept. */
  readonly alert?: (alert: Alert) => void;
  /** Something could not be written; at most once in a minute. */
  readonly fault?: (message: string) => void;
}

/** Milliseconds after which what waits is written down. */
const LATER = 50;
const TICK = 1_000;
/** Part of the time that may be spent on waiting for the disk, and milliseconds at once. */
const SHARE = 0.25;
const AT_ONCE = 250;
/** Events of one activity, and of one kind without any, that are kept in a minute; the others are counted. */
const EVENTS_A_MINUTE = 1_000;
const THIN_A_MINUTE = 30;
const KINDS = 20_000;
/** A store that fails is left alone for so many times as long as the attempt took, and milliseconds at least. */
const REST = 10;
const LEAST_REST = 500;
/** Sessions of one conversation that are recorded, and milliseconds for which others join it. */
const MOST_SESSIONS = 64;
const JOINS = 60_000;
/** Sources whose conversations others may join. */
const MOST_SOURCES = 10_000;
/** Activities in the store; whoever comes later is one of the others. */
const MOST_ACTIVITIES = 20_000;
/** Steps of rotation at a time, and where it ends. */
const STEPS = 4;
const ENOUGH = 0.9;

/** A conversation that sessions of its source join. */
interface Involved {
  readonly conversation: number;
  /** What it began with. */
  readonly activity: string;
  sessions: number;
  until: number;
}

export class Recorder {
  readonly log: Log;
  /** What can be learned from, and what was. */
  readonly lessons: Lessons;
  readonly #store: Store;
  readonly #bounds: Bounds;
  readonly #listeners: Listeners;
  readonly #alerts: Alerts;
  readonly #memory: Memory;
  readonly #tally = new Tally();
  readonly #seldom = new Seldom(KINDS);
  readonly #budget = new Budget(SHARE, AT_ONCE, performance.now());
  readonly #known: Set<string>;
  readonly #recordings: Map<string, number>;
  readonly #involved = new Map<string, Involved>();
  /** Rows of sessions that a fault has cut and that are not marked yet. */
  readonly #cutRows = new Set<number>();
  readonly #ticks: NodeJS.Timeout;
  #later: NodeJS.Timeout | undefined;
  #isTogether = false;
  /** Alerts that are written and not told yet. */
  readonly #told: Alert[] = [];
  #toldAt = -Infinity;
  #rotated = { conversations: 0, events: 0 };

  /** Opens the state folder. @throws {@link StoreError} */
  static async open(
    folder: string,
    services: readonly ServiceModel[],
    listeners: Listeners = {},
    bounds: Partial<Bounds> = {},
  ): Promise<Recorder> {
    const store = new Store(await openForWriting(folder));
    return new Recorder(store, services, listeners, { ...DEFAULT_BOUNDS, ...bounds });
  }

  private constructor(store: Store, services: readonly ServiceModel[], listeners: Listeners, bounds: Bounds) {
    this.#store = store;
    this.#bounds = bounds;
    this.#listeners = listeners;
    this.#alerts = new Alerts(services);
    this.#memory = new Memory({ ofSession: bounds.heldOfSession, ofAll: bounds.held });
    this.#known = new Set(store.activityIds());
    this.#recordings = store.recordings();
    for (const { id, service, sketch } of store.groups()) this.#alerts.activities.restore(id, service, sketch);
    this.log = (event) => this.#guard(() => this.#take(event));
    this.lessons = new Lessons(store, (work, alert) =>
      this.#guard(() => {
        this.#together(work);
        if (alert) this.#told.push(alert);
        this.#commit(alert ? 'always' : 'soon');
      }),
    );
    this.#ticks = setInterval(() => this.#guard(() => this.#tick()), TICK).unref();
  }

  /** The model was refined. */
  takeModel(services: readonly ServiceModel[]): void {
    this.#alerts.takeModel(services);
  }

  /** Whether everything that a session has said so far, and what became of it, is written down. */
  isKept(number: number): boolean {
    const session = this.#memory.get(number);
    return session !== undefined && session.row !== null && session.cut !== 'cut by a fault';
  }

  /** Writes down what waits, and closes the folder. */
  close(): void {
    clearInterval(this.#ticks);
    clearTimeout(this.#later);
    this.#guard(() => this.#tick());
    try {
      this.#store.close();
    } catch (error) {
      this.#tell(error);
    }
  }

  #take(event: ServeEvent): void {
    switch (event.event) {
      case 'opened':
        this.#opened(new OpenSession(event, event.server));
        return;
      case 'received':
        this.#said(event.session, event.time, 'client', event.port ?? null, event.bytes);
        return;
      case 'sent':
        this.#said(event.session, event.time, event.by ?? 'emulator', event.port ?? null, event.bytes);
        return;
      case 'note':
        this.#noted(event);
        return;
      case 'client ended': {
        const session = this.#memory.get(event.session);
        if (session) session.hasClientEnded = true;
        return;
      }
      case 'handover':
        this.#handedOver(event);
        return;
      case 'closed':
        this.#closed(event);
        return;
      case 'refused':
      case 'error': {
        const alert = plainAlert(event);
        const source = event.event === 'refused' ? event.source : '';
        if (alert) this.#keep(alert, `${alert.event} ${event.service} ${source}`, THIN_A_MINUTE, null);
        return;
      }
      case 'listening':
        return;
    }
  }

  #opened(session: OpenSession): void {
    this.#memory.open(session);
    const involved = this.#joinable(session.client.address, session.start);
    if (involved) this.#record(session, involved);
  }

  #said(number: number, time: number, side: Side, port: number | null, bytes: Uint8Array): void {
    const session = this.#memory.get(number);
    if (!session) return;
    if (side !== 'client' && session.hasClientEnded) session.isHalfClosed = true;
    if (session.row === null) {
      this.#memory.keep(session, { time, side, port, bytes });
      return;
    }
    if (session.cut !== null) return;
    if (session.written + bytes.length > this.#bounds.recorded) {
      session.cut = 'cut by a bound';
      return;
    }
    session.written += bytes.length;
    this.#store.addMessage(session.row, time, side, port, bytes);
    this.#commit('soon');
  }

  #noted(event: Extract<ServeEvent, { event: 'note' }>): void {
    const session = this.#memory.get(event.session);
    if (!session) return;
    const { note } = event;
    if (note.kind === 'unknown') {
      this.#together(() => this.#unknown(this.#alerts.unknown(event, session), session));
      this.#commit('now');
      return;
    }
    const thin = this.#alerts.thin(event, session);
    session.path.reach(note.state);
    session.unsure = note.kind === 'nearest' ? event : null;
    if (!thin) return;
    const { alert, words } = thin;
    const { activity, service, source, time, path, request } = alert;
    const id = this.#begun(activity, service, time, () => ({
      kind: 'thin',
      words,
      example: request,
      path,
      sketch: null,
    }));
    this.#tally.add(id, source, time);
    this.#keep(alert, activity, THIN_A_MINUTE, session.conversation);
  }

  /** The order is that of the disk: activity, conversation so far, event; then the server may act on it. */
  #unknown({ alert, group, isNew, changed }: Unknown, session: OpenSession): void {
    const { service, source, time, request, path } = alert;
    const words = groupWords(group);
    const sketch = this.#alerts.activities.save(group);
    const id = this.#begun(group.id, service, time, () => ({ kind: 'new', words, example: request, path, sketch }));
    if (changed && !isNew) this.#store.changeActivity(group.id, words, sketch);
    session.activity ??= id;
    if (session.row === null && (this.#recordings.get(session.activity) ?? 0) < this.#bounds.ofActivity)
      this.#involve(session, session.activity, time);
    if (isNew) this.#store.tally(id, source, { count: 1, first: time, last: time });
    else this.#tally.add(id, source, time);
    this.#keep(alert, id, EVENTS_A_MINUTE, session.conversation);
  }

  #handedOver(event: Extract<ServeEvent, { event: 'handover' }>): void {
    const session = this.#memory.get(event.session);
    this.#together(() => this.#step(event, session));
    this.#commit(event.step === 'begins' ? 'always' : 'soon');
  }

  #step(event: Extract<ServeEvent, { event: 'handover' }>, session: OpenSession | undefined): void {
    if (event.step === 'begins' && session) {
      // Handed over is what nobody here knows, also where the emulator had something near it.
      if (session.activity === null && session.unsure)
        this.#unknown(this.#alerts.unknown(session.unsure, session), session);
      const involved = this.#involved.get(session.client.address);
      session.activity ??= involved?.activity ?? stableId('hand-over', event.service);
      if (involved) involved.until = event.time + JOINS;
      if (session.row === null) this.#involve(session, session.activity, event.time);
      if (session.row !== null) this.#store.handedOver(session.row);
    }
    if (event.step === 'relays' && typeof session?.row === 'number') this.#store.relayed(session.row);
    if (event.step === 'refused' && typeof session?.row === 'number') this.#store.refused(session.row);
    const isUnfit = event.step === 'failed' || event.step === 'diverged';
    if (isUnfit && typeof session?.conversation === 'number') this.#store.noSample(session.conversation);
    for (const alert of [plainAlert(event), this.#alerts.opened(event)])
      if (alert)
        this.#keep(alert, `hand-over ${session?.activity ?? ''}`, EVENTS_A_MINUTE, session?.conversation ?? null);
  }

  #closed({ session: number, time, why }: Extract<ServeEvent, { event: 'closed' }>): void {
    const session = this.#memory.get(number);
    if (!session) return;
    this.#memory.close(session);
    if (session.row !== null) {
      this.#store.endSession(session.row, time, session.cut ?? 'whole', why, session.isHalfClosed);
      this.#commit('soon');
    }
    if (session.activity !== null) return;
    const { service, path, client } = session;
    const id = this.#begun(path.id(service), service, time, () => ({
      kind: 'known',
      words: path.states.length === 0 ? 'says nothing' : `states ${path.states.join(' → ')}`,
      example: null,
      path: path.states,
      sketch: null,
    }));
    this.#tally.add(id, client.address, time);
  }

  /** The activity, made where it is new; one of the others where there are too many. */
  #begun(
    id: string,
    service: string,
    time: number,
    make: () => Pick<Parameters<Store['addActivity']>[0], 'kind' | 'words' | 'example' | 'path' | 'sketch'>,
  ): string {
    if (this.#known.has(id)) return id;
    const made = make();
    const isOther = this.#known.size >= MOST_ACTIVITIES;
    const which = isOther ? stableId('others', made.kind, service) : id;
    const of = isOther ? { ...made, words: 'others: there are too many activities already', sketch: null } : made;
    if (!this.#known.has(which)) {
      this.#store.addActivity({ id: which, service, ...of }, time);
      this.#commit('soon');
    }
    this.#known.add(which);
    return which;
  }

  #keep(alert: Alert, kind: string, most: number, conversation: number | null): void {
    if (!this.#seldom.lets(kind, most, alert.time)) return;
    this.#store.addEvent(alert, conversation);
    this.#told.push(alert);
    this.#commit('soon');
  }

  /** What is written meanwhile is there together, or not at all. */
  #together(work: () => void): void {
    this.#isTogether = true;
    try {
      work();
    } finally {
      this.#isTogether = false;
    }
  }

  /** The session, and with it the others of its source, are written down from now on. */
  #involve(session: OpenSession, activity: string, time: number): void {
    const source = session.client.address;
    let involved = this.#joinable(source, time);
    if (!involved) {
      const conversation = this.#store.addConversation(source, activity, session.start);
      this.#recordings.set(activity, (this.#recordings.get(activity) ?? 0) + 1);
      involved = { conversation, activity, sessions: 0, until: 0 };
      this.#involved.delete(source);
      this.#involved.set(source, involved);
      const [oldest] = this.#involved.keys();
      if (this.#involved.size > MOST_SOURCES && oldest !== undefined) this.#involved.delete(oldest);
    }
    involved.until = time + JOINS;
    this.#record(session, involved);
    for (const other of this.#memory.of(source)) {
      if (involved.sessions >= MOST_SESSIONS) break;
      if (other.row === null) this.#record(other, involved);
    }
  }

  #joinable(source: string, time: number): Involved | undefined {
    const involved = this.#involved.get(source);
    return involved && involved.until >= time && involved.sessions < MOST_SESSIONS ? involved : undefined;
  }

  #record(session: OpenSession, involved: Involved): void {
    const { number, service, client, server, start, pieces } = session;
    const { conversation } = involved;
    involved.sessions++;
    session.conversation = conversation;
    session.row = this.#store.addSession({ conversation, number, service, client, server, start });
    for (const { time, side, port, bytes } of pieces) {
      this.#store.addMessage(session.row, time, side, port, bytes);
      session.written += bytes.length;
    }
    this.#memory.forget(session);
    this.#commit('soon');
  }

  /**
   * All of it survives the end of this process when it returns, and that of the machine:
   *
   * - `always`: when this returns.
   * - `now`: the same, unless too much time has gone into that lately; then as
   * - `soon`: a moment later.
   */
  #commit(when: 'always' | 'now' | 'soon'): void {
    if (this.#isTogether) return;
    this.#store.commit();
    const isSynced = when === 'always' || (when === 'now' && this.#budget.isLeft(performance.now()));
    if (isSynced) this.#sync();
    for (const alert of this.#told.splice(0)) this.#listeners.alert?.(alert);
    if (isSynced) return;
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.#guard(() => this.#sync());
    }, LATER).unref();
  }

  #sync(): void {
    const began = performance.now();
    this.#store.sync();
    this.#budget.spend(performance.now() - began);
  }

  #tick(): void {
    for (const row of this.#cutRows) this.#store.markCut(row);
    for (const { activity, source, ...counted } of this.#tally.take()) this.#store.tally(activity, source, counted);
    if (this.#seldom.suppressed > 0) this.#store.count('events not kept', this.#seldom.suppressed);
    this.#seldom.suppressed = 0;
    for (const [source, { until }] of this.#involved) if (until < Date.now()) this.#involved.delete(source);
    this.#rotate();
    this.#store.sync();
    this.#cutRows.clear();
  }

  /** A few steps at a time: a server that is busy rotates in the next seconds. */
  #rotate(): void {
    const { size } = this.#bounds;
    const isOn = this.#rotated.conversations + this.#rotated.events > 0;
    const wanted = isOn ? size * ENOUGH : size;
    for (let step = 0; step < STEPS && this.#store.used > wanted; step++) {
      const { conversations, events } = this.#store.rotateStep();
      if (conversations + events === 0) break;
      this.#rotated.conversations += conversations;
      this.#rotated.events += events;
    }
    if (!isOn || this.#store.used > wanted) return;
    const { conversations, events } = this.#rotated;
    this.#rotated = { conversations: 0, events: 0 };
    this.#store.count('conversations rotated', conversations);
    this.#store.count('events rotated', events);
    const alert: Alert = { event: 'rotated', severity: 'info', time: Date.now(), conversations, events };
    this.#store.addEvent(alert, null);
    this.#listeners.alert?.(alert);
    this.#recordings.clear();
    for (const [activity, count] of this.#store.recordings()) this.#recordings.set(activity, count);
  }

  /** The server must not stop for a store that fails: what could not be written is marked once that is possible. */
  #guard(work: () => void): void {
    const began = performance.now();
    try {
      work();
    } catch (error) {
      try {
        this.#store.rollback();
      } catch {
        // the engine has already given it up
      }
      if (!(error instanceof Resting)) {
        this.#tell(error);
        this.#store.rest(Math.max(LEAST_REST, REST * (performance.now() - began)));
      }
      for (const session of this.#memory.all()) {
        if (session.row === null) continue;
        session.cut = 'cut by a fault';
        this.#cutRows.add(session.row);
      }
      this.#known.clear();
      this.#told.length = 0;
      this.#involved.clear();
    }
  }

  #tell(error: unknown): void {
    const now = Date.now();
    if (now - this.#toldAt < 60_000) return;
    this.#toldAt = now;
    this.#listeners.fault?.(error instanceof Error ? error.message : String(error));
  }
}
