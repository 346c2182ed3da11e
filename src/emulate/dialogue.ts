/**
 * One session in progress: bytes in, commands out.
 *
 * Each request that has arrived whole (`incoming.ts`) is matched, leads to a state, and the state's answer is rendered with what was said before in this session.
 */
import { EMPTY, concat, equal, printable } from '../bytes/bytes.js';
import { asRead, asSaid } from '../model/coding.js';
import { decide, render, type Context, type Said } from '../model/meaning.js';
import { LINE_ENDS } from '../model/frames.js';
import { serviceName } from '../model/names.js';
import { promptOfState } from '../model/prompt.js';
import { signalOf } from '../model/signals.js';
import type { Environment, RequestClass, ServiceModel, State } from '../model/types.js';
import { quoted, spanText } from '../model/words.js';
import { DataSessions } from './data.js';
import { offsetsInWords } from './echoes.js';
import type { Foreign } from './foreign.js';
import { Incoming, type Explained } from './incoming.js';
import type { Like, Likeness } from './likeness.js';
import type { Match, Matcher } from './match.js';
import type { Memory } from './memory.js';
import { lacksEarlier } from './missing.js';
import type { Command, Dialogue, Fallback, Note, OpenPort, Unsure } from './types.js';
import { Typing } from './typing.js';
import type { Way, Ways } from './ways.js';

/** Exchanges that a session remembers: its beginning and its end. */
const FIRST_KEPT = 256;
const LAST_KEPT = 512;
/** Bytes that a session remembers in its long messages; beyond them the oldest ones are forgotten. */
const MOST_REMEMBERED = 16 * 1024 * 1024;
/** A message that is always remembered. */
const SHORT = 4096;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Asked {
  readonly request: Uint8Array;
  readonly target: State | null;
  /** Whether the session ends on it where it is not answered. */
  readonly ends: boolean;
}

export class EmulatedDialogue implements Dialogue {
  closed = false;
  private readonly service: ServiceModel;
  private readonly matcher: Matcher;
  private readonly ways: Ways;
  private readonly likeness: Likeness;
  private readonly foreign: Foreign;
  private readonly incoming: Incoming;
  private readonly environment: Environment;
  private readonly random: () => number;
  private readonly memory: Memory;
  private readonly data: DataSessions;
  /** A data session that has not been told what it serves yet. */
  private isUnfed: boolean;
  private readonly said: Writable<Said>[] = [];
  private state = 0;
  /** Bytes in the long messages of `said`, and the first exchange that is not forgotten. */
  private remembered = 0;
  private forgotten = 1;
  private now = 0;
  /** Whether somebody decides about requests that nothing known fits. */
  private readonly asks: boolean;
  /** The request that was asked about, and how it is answered if it is to be. */
  private asked: Asked | null = null;
  private hasEnded = false;
  private readonly typing = new Typing();

  constructor(
    service: ServiceModel,
    matcher: Matcher,
    ways: Ways,
    likeness: Likeness,
    foreign: Foreign,
    tails: readonly Uint8Array[],
    environment: Environment,
    random: () => number,
    memory: Memory,
    openPort: OpenPort | undefined,
    asks: boolean,
  ) {
    this.data = new DataSessions(openPort, random);
    this.service = service;
    this.matcher = matcher;
    this.ways = ways;
    this.likeness = likeness;
    this.foreign = foreign;
    this.incoming = new Incoming(service, tails, foreign.isFramed);
    this.environment = environment;
    this.random = random;
    this.memory = memory;
    this.isUnfed = service.named !== undefined;
    this.asks = asks && !this.isUnfed;
  }

  open(now: number): Command[] {
    this.now = now;
    this.said.push({ request: EMPTY, class: -1, group: -1, edges: null, answer: EMPTY, state: 0, time: now });
    const root = this.service.states[0];
    return this.data.pass(root ? this.give(root) : []);
  }

  receive(bytes: Uint8Array, now: number): Command[] {
    this.now = now;
    if (this.closed || bytes.length === 0) return [];
    this.incoming.append(bytes);
    const { isFull } = this.incoming;
    if (this.isUnfed && !isFull) return [];
    return this.data.pass(this.pump(this.service.transport === 'udp' || isFull));
  }

  silence(now: number): Command[] {
    this.now = now;
    return this.data.pass(this.pump(true));
  }

  end(now: number): Command[] {
    this.now = now;
    this.hasEnded = true;
    const commands = this.toTheEnd();
    this.leave(now);
    return this.data.pass(commands);
  }

  leave(now: number): void {
    if (this.said[0]) this.said[0].over ??= now;
  }

  settle(how: Fallback, now: number): Command[] {
    this.now = now;
    const { asked } = this;
    if (!asked || this.closed) return [];
    this.asked = null;
    if (how === 'close') return this.data.pass([this.close()]);
    const commands = how === 'nearest' ? this.asWellAsMayBe(asked) : [];
    const rest = this.hasEnded ? this.toTheEnd() : this.pump(this.service.transport === 'udp');
    return this.data.pass([...commands, ...rest]);
  }

  get pending(): Uint8Array {
    return concat([this.asked?.request ?? EMPTY, this.incoming.bytes]);
  }

  /** Answers all that is there, and closes. */
  private toTheEnd(): Command[] {
    const commands = this.pump(true);
    if (!this.closed && !this.asked) commands.push(this.close());
    return commands;
  }

  feed(request: Uint8Array, now: number): Command[] {
    this.now = now;
    if (this.closed || !this.isUnfed) return [];
    this.isUnfed = false;
    const commands = this.answer(request);
    // the client waits for data, or for their end
    const isKnown = commands.some((c) => c.kind === 'close' || (c.kind === 'note' && c.note.kind !== 'unknown'));
    if (!isKnown) commands.push(this.close());
    return this.data.pass([...commands, ...this.pump(false)]);
  }

  hear(signal: Uint8Array, now: number): Command[] {
    this.now = now;
    if (this.closed || this.asked || this.isUnfed) return [];
    // who has listened once goes on listening
    const match = this.matcher.signalled(this.said, signal);
    const of = this.service.classes[match?.class ?? -1];
    if (!match || !of) return [];
    this.remember(this.exchange(signal, match, of));
    const target = this.service.states[decide(of.select, this.context())];
    return target ? this.data.pass(this.go(target)) : [];
  }

  dataEnded(port: number, now: number): Command[] {
    this.now = now;
    return this.data.ended(port);
  }

  private close(): Command {
    this.closed = true;
    this.leave(this.now);
    return { kind: 'close', how: 'fin' };
  }

  /** Answers every whole request that has arrived; `final`: what is there is all there will be. */
  private pump(final: boolean): Command[] {
    const commands: Command[] = [];
    this.incoming.lookAfresh();
    while (!this.incoming.isEmpty && !this.closed && !this.asked) {
      const request = this.incoming.next(final, (bytes) => this.explained(bytes), this.hasEnded);
      if (!request) {
        const { framing, states } = this.service;
        commands.push(...this.typing.saidBack(framing, this.incoming.bytes, states[this.state]));
        if (framing.untilEnd !== true && !(framing.typed && final))
          commands.push({ kind: 'wait', milliseconds: framing.silence });
        break;
      }
      this.typing.done();
      for (const command of this.answer(request)) commands.push(command);
    }
    return commands;
  }

  /** What the class says of a request that fits it whole; null: there is none. */
  private explained(request: Uint8Array): Explained | null {
    const read = asRead(this.service.framing, request);
    const bytes = this.matcher.explained(this.state, read);
    return bytes < 0 ? null : { bytes, isBegun: () => this.matcher.isBegun(read, bytes) };
  }

  private answer(request: Uint8Array): Command[] {
    const read = asRead(this.service.framing, request);
    const found = this.matcher.find(this.state, read);
    const strange = fits(found) ? null : this.foreign.why(request, read, found, this.state);
    if (strange !== null) {
      const exchange = this.exchange(read, null, undefined);
      this.remember(exchange);
      return this.unsure({ kind: 'unknown', request, why: strange }, this.seldom(exchange), true);
    }
    const like = isSure(found) ? null : this.likeness.find(read, found?.class ?? null);
    const match = found && like ? like.match : found;
    const of = this.service.classes[match?.class ?? -1];
    const exchange = this.exchange(read, match, of);
    this.remember(exchange);
    const prompted = match && match.known !== 'here' && of && saysLittle(of) ? this.prompted(exchange) : null;
    if (prompted) {
      const why = 'whatever was said to this question got this answer';
      return this.unsure({ kind: 'nearest', state: prompted.id, class: exchange.class, request, why }, prompted);
    }
    const target = of ? this.led(of, like) : null;
    const instead =
      match && target && !byRote(target, read) && lacksEarlier(target, this.context())
        ? this.instead(exchange, match)
        : null;
    if (instead) {
      const why = 'its answer gives back what was said before about the same thing, and nothing was';
      return this.unsure({ kind: 'nearest', state: instead.id, class: exchange.class, request, why }, instead);
    }
    if (match && target) {
      const note = this.note(match, target, request);
      if (note.kind === 'nearest') return this.unsure(note, target);
      return [{ kind: 'note', note }, ...this.go(target), ...this.signal(target, request)];
    }
    const why = match ? 'its class leads nowhere' : 'it is like no request seen in training';
    return this.unsure(
      { kind: 'unknown', request, why },
      match ? null : (this.usual(exchange) ?? this.alike(exchange, like) ?? this.seldom(exchange)),
    );
  }

  private exchange(request: Uint8Array, match: Match | null, of: RequestClass | undefined): Writable<Said> {
    return {
      request,
      class: of?.id ?? -1,
      group: of?.group ?? -1,
      edges: match?.edges ?? null,
      answer: EMPTY,
      state: this.state,
      time: this.now,
    };
  }

  /** Nothing known fits: answered as well as may be, unless somebody is there to decide. */
  private unsure(note: Unsure, target: State | null, isForeign = false): Command[] {
    const { request } = note;
    const asked = { request, target, ends: this.foreign.endsOn(request, this.state, isForeign) };
    if (!this.asks) return [{ kind: 'note', note }, ...this.asWellAsMayBe(asked)];
    this.asked = asked;
    return [{ kind: 'ask', note }];
  }

  /** The answer to what nothing known fits, where there is one. */
  private asWellAsMayBe({ target, ends }: Asked): Command[] {
    if (target) return this.go(target);
    return ends ? [this.close()] : [];
  }

  /** What the other sessions of the source are told of a request that led to a state. */
  private signal({ signals }: State, request: Uint8Array): Command[] {
    return signals === true ? [{ kind: 'signal', said: signalOf(serviceName(this.service), request) }] : [];
  }

  /** Goes on to a state and gives its answer. */
  private go(target: State): Command[] {
    const exchange = this.said.at(-1);
    if (exchange) exchange.state = target.id;
    this.state = target.id;
    return this.give(target);
  }

  /** The state that nearly everything else led to that was said here, a login's say; the exchange is read as it would be there. */
  private usual(exchange: Writable<Said>): State | null {
    return this.goneBy(exchange, this.ways.of(this.state, this.context()));
  }

  /** The state that seldom requests led to here, where they agree. */
  private seldom(exchange: Writable<Said>): State | null {
    return this.goneBy(exchange, this.ways.seldom(this.state, this.context()));
  }

  private goneBy(exchange: Writable<Said>, way: Way | null): State | null {
    if (way) Object.assign(exchange, { class: way.class, edges: way.edges });
    return way?.state ?? null;
  }

  /** The state that whatever was said led to where a question was asked, if one was. */
  private prompted(exchange: Writable<Said>): State | null {
    const at = this.service.states[this.state];
    return at && promptOfState(at).length > 0 ? this.usual(exchange) : null;
  }

  /** Where a request of a class leads here; one that is only like a recorded one, where that one would. */
  private led({ select }: RequestClass, like: Like | null): State | null {
    const context = this.context();
    const exchange = this.said.at(-1);
    if (like && exchange) {
      const said = [...this.said];
      said[context.at] = { ...exchange, request: like.request, edges: like.edges };
      return this.service.states[decide(select, { ...context, said })] ?? null;
    }
    return this.service.states[decide(select, context)] ?? null;
  }

  /** The state that the recorded request leads to here that an unknown one is most like; it is read as that one. */
  private alike(exchange: Writable<Said>, like: Like | null): State | null {
    const of = this.service.classes[like?.match.class ?? -1];
    if (!like || !of) return null;
    Object.assign(exchange, { class: of.id, group: of.group, edges: like.match.edges });
    return this.led(of, like);
  }

  /** Where a request leads whose answer would give back what was never said: where most lead that are like it and need no such thing. */
  private instead(exchange: Writable<Said>, taken: Match): State | null {
    const votes = new Map<State, number>();
    const kin = this.likeness.kin(exchange.request, taken.class);
    const of = this.service.classes[kin[0]?.match.class ?? -1];
    if (!of) return null;
    for (const like of kin) {
      const state = this.led(of, like);
      if (state && !lacksEarlier(state, this.context())) votes.set(state, (votes.get(state) ?? 0) + 1);
    }
    const [best] = [...votes].sort((a, b) => b[1] - a[1] || a[0].id - b[0].id);
    if (!best) return null;
    Object.assign(exchange, { class: of.id, group: of.group, edges: kin[0]?.match.edges ?? null });
    return best[0];
  }

  private note(match: Match, target: State, request: Uint8Array): Exclude<Note, { kind: 'unknown' }> {
    if (match.known !== 'nearest')
      return { kind: 'answered', state: target.id, class: match.class, request, known: match.known };
    const like = printable(this.service.classes[match.class]?.example ?? EMPTY, 60);
    const why = match.unseen
      ? `it fits the class of «${like}», but ${spanText(match.unseen.span)} was never ${quoted(match.unseen.value)}`
      : match.others
        ? `it is of the class of «${like}» with another value in ${offsetsInWords(match.others)}, which the server gives back`
        : match.byBytes
          ? `it has ${Math.round(match.share * 100)} % of its bytes in common with a recorded request of the class of «${like}»`
          : match.byWords
            ? `it has ${Math.round(match.share * 100)} % of its words and separators in common with «${like}»`
            : `${Math.round(match.share * 100)} % of the fixed bytes of the class of «${like}» are in it`;
    return { kind: 'nearest', state: target.id, class: match.class, request, why };
  }

  /** The answer of a state, rendered for the exchange at hand. */
  private give(state: State): Command[] {
    const commands: Command[] = [];
    this.data.next();
    const context = this.context();
    const { answers } = this.service.framing;
    const request = this.said.at(-1)?.request ?? EMPTY;
    const parts =
      byRote(state, request) ?? state.answer.map((message) => render(message.pieces, context, this.random, answers));
    const port = this.data.take(state.feedsData === true);
    let isFed = port === null || state.feedsData !== true;
    const feed = () => {
      if (!isFed && port !== null) commands.push({ kind: 'feed', port, request });
      isFed = true;
    };
    state.answer.forEach((message, i) => {
      const bytes = parts[i] ?? EMPTY;
      if (message.afterData === true && port !== null) {
        feed();
        commands.push({ kind: 'hold', port });
      }
      const rest = i === 0 ? this.typing.rest(bytes) : bytes;
      if (rest.length > 0 || this.service.transport === 'udp') {
        const said = asSaid(this.service.framing, rest, this.random);
        commands.push({ kind: 'send', bytes: said, delay: message.delay, freshPort: message.freshPort ?? false });
      }
    });
    feed();
    const exchange = this.said.at(-1);
    if (exchange) exchange.answer = parts.length === 1 && parts[0] ? parts[0] : concat(parts);
    this.memory.spoke(context, this.service.registers);
    if (state.close !== 'stay') {
      this.closed = true;
      this.leave(this.now);
      commands.push({ kind: 'close', how: state.close });
    }
    return commands;
  }

  private context(): Context {
    const { said, environment, now } = this;
    const known = this.memory.known(environment.client.address);
    return { said, at: said.length - 1, environment, now, port: () => this.data.port(), ...known };
  }

  private remember(exchange: Writable<Said>): void {
    this.forget();
    this.said.push(exchange);
    if (this.said.length > FIRST_KEPT + 2 * LAST_KEPT) {
      this.said.splice(FIRST_KEPT, this.said.length - FIRST_KEPT - LAST_KEPT);
      this.remembered = this.said.slice(0, -1).reduce((sum, old) => sum + longBytes(old), 0);
      this.forgotten = 1;
    }
  }

  /** The last exchange is complete: older long ones give way to it. */
  private forget(): void {
    const last = this.said.at(-1);
    this.remembered += last ? longBytes(last) : 0;
    for (; this.remembered > MOST_REMEMBERED && this.forgotten < this.said.length; this.forgotten++) {
      const old = this.said[this.forgotten];
      if (!old || longBytes(old) === 0) continue;
      this.remembered -= longBytes(old);
      old.request = EMPTY;
      old.edges = null;
      old.answer = EMPTY;
    }
  }
}

/** Whether a request is of a class by more than being somewhat like it. */
function fits(match: Match | null): boolean {
  return match !== null && match.known !== 'nearest';
}

function isSure(match: Match | null): boolean {
  return match !== null && (fits(match) || match.others !== undefined || match.unseen !== undefined);
}

/** Whether nothing tells a class but that its requests end: what is said to another question may be of it by chance. */
function saysLittle({ regions }: RequestClass): boolean {
  return regions.every((region) => region.kind !== 'fixed' || LINE_ENDS.some((end) => equal(end, region.bytes)));
}

/** The answer to a request that is always answered as it was recorded. */
function byRote({ rote }: State, request: Uint8Array): readonly Uint8Array[] | null {
  return rote?.find((known) => equal(known.request, request))?.messages ?? null;
}

/** Bytes of an exchange that may be forgotten: none, if it is short. */
function longBytes({ request, answer }: Said): number {
  const length = request.length + answer.length;
  return length > SHORT ? length : 0;
}
