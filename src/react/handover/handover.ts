/**
 * One conversation on its way from the emulator to a real host [06 §4.3]: what the client has said is replayed,
 * each message after the answer to the one before; the answers are compared with those that the emulator gave;
 * then both ways are relayed, with the values of one side in place of the other's.
 *
 * It has no socket and no clock: whoever has them calls in what happens, carries out the steps, and calls
 * `silence` when `wait` milliseconds have passed without anything from the real host.
 */
import { EMPTY, concat, equal, indexOf, occurrences } from '../../bytes/bytes.js';
import { cutByLength, leftOfOpening, openingOf } from '../../model/frames.js';
import type { LengthField } from '../../model/types.js';
import { compare, placeOf } from './compare.js';
import { placesOf, portAt, withPorts, writingsOf } from './ports.js';
import { MOST_PAIRS, patternsOf } from './patterns.js';
import { Translator } from './translator.js';
import type { Beginning, PastExchange, Step } from './types.js';
import { pairsOf, type Pair } from './values.js';

/** An answer that has less in common with the one that the emulator gave is of another kind: the replay has gone astray. */
export const LEAST_SIMILARITY = 0.3;
/** Milliseconds of silence after which an answer is over that … looks complete, … */
const COMPLETE = 10;
/** … does not look complete, … */
const QUIET = 200;
/** … or was not expected at all. */
const UNEXPECTED = 20;
/** Milliseconds for which the beginning of a value is held back. */
const HELD = 20;
/** An answer in frames is looked at for its end while it is shorter than that. */
const MOST_LOOKED = 64 * 1024;
/** Bytes of an answer that are kept for the comparison. */
const MOST_ANSWER = 1024 * 1024;
/** Bytes on which two answers have to end alike to look complete. */
const TAIL = 2;

export class HandOver {
  /** Milliseconds after which `silence` is to be called, unless the real host says something before. */
  wait: number | null = null;
  readonly #begin: Beginning;
  readonly #out: Translator;
  readonly #in: Translator;
  readonly #isUdp: boolean;
  #pairs: Pair[] = [];
  #ports: number[];
  readonly #places: ReturnType<typeof placesOf>;
  #stage: 'connecting' | 'replaying' | 'relaying' | 'over' = 'connecting';
  /** The exchange that is being replayed, since when, and what the real host has answered. */
  #at = 0;
  #since = 0;
  #answers: Uint8Array[] = [];
  #size = 0;
  /** Whether silence means that the answer is over, however it looks. */
  #isSure = true;
  /** Said by the client since. */
  readonly #waiting: { bytes: Uint8Array; atFreshPort: boolean }[];
  #hasRelayed = false;
  #spoke: 'client' | 'backend' | null = null;

  constructor(begin: Beginning) {
    this.#begin = begin;
    this.#isUdp = begin.service.transport === 'udp';
    const field = this.#isUdp ? undefined : framesFrom(begin);
    this.#out = new Translator(field);
    this.#in = new Translator(framesAnswers(begin) ? field : undefined);
    this.#waiting = [...begin.waiting];
    this.#ports = [...begin.ports];
    this.#places = begin.openPort ? placesOf(begin.service) : [];
  }

  /** Whether the real host has taken over at any time. */
  get hasRelayed(): boolean {
    return this.#hasRelayed;
  }

  get isRelaying(): boolean {
    return this.#stage === 'relaying';
  }

  /** The connection to the real host is there. @param local our address there */
  connected(local: string, now: number): Step[] {
    if (this.#stage !== 'connecting') return [];
    this.#stage = 'replaying';
    this.#learn([], { ...this.#begin.addresses, local });
    return this.#send(now);
  }

  /** The real host has said something. */
  fromBackend(bytes: Uint8Array, freshPort: boolean, now: number): Step[] {
    if (this.#stage === 'relaying') {
      this.#turn('backend');
      const ports: Step[] = [];
      const said: Step = { kind: 'to client', bytes: this.#in.push(this.#renamed(bytes, ports)), freshPort };
      if (this.#isUdp) return [{ ...said, bytes: concat([said.bytes, this.#in.flush()]) }];
      this.#hold();
      return said.bytes.length > 0 ? [...ports, said] : ports;
    }
    if (this.#stage !== 'replaying') return [];
    if (now - this.#since > this.#begin.timeout) return this.#fail('failed', 'the real host does not come to an end');
    this.#size += bytes.length;
    if (this.#size > MOST_ANSWER) return this.#fail('failed', 'the real host does not come to an end');
    this.#answers.push(bytes);
    return this.#look(now);
  }

  /** The client has said something. */
  fromClient(bytes: Uint8Array, atFreshPort: boolean): Step[] {
    if (this.#stage === 'relaying') return this.#relay(bytes, atFreshPort);
    this.#waiting.push({ bytes, atFreshPort });
    return [];
  }

  /** What the client has said and has not been passed on: all of it, where nothing is relayed. */
  get queued(): number {
    return this.#stage === 'relaying' ? 0 : this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** One side has ended: what is held back of its words is passed on. */
  ended(side: 'client' | 'backend'): Step[] {
    if (this.#stage !== 'relaying')
      return side === 'client' ? [] : this.#fail('failed', 'the real host hung up before it was where the client is');
    return side === 'client' ? this.#flushOut() : this.#flushIn();
  }

  /** Nothing came for as long as `wait` said. */
  silence(now: number): Step[] {
    this.wait = null;
    if (this.#stage === 'relaying') return [...this.#flushOut(), ...this.#flushIn()];
    if (this.#stage !== 'replaying') return [];
    const isExpected = sizeOf(this.#exchange()?.answers ?? []) > 0;
    if (isExpected && this.#size === 0) return this.#fail('failed', 'the real host does not answer');
    if (!this.#isSure && !this.#isUdp && !hasLines(concat(this.#exchange()?.answers ?? []), concat(this.#answers))) {
      this.#isSure = true;
      this.wait = QUIET;
      return [];
    }
    return this.#next(now);
  }

  #exchange(): PastExchange | undefined {
    return this.#begin.past[this.#at];
  }

  /** Says the next message of the past, or, when there is none, what waits. */
  #send(now: number): Step[] {
    const exchange = this.#exchange();
    if (!exchange) return this.#relays();
    this.#since = now;
    this.#answers = [];
    this.#size = 0;
    const steps: Step[] = [];
    if (exchange.request.length > 0 || (this.#isUdp && this.#at > 0)) {
      this.#out.begin();
      const bytes = concat([this.#out.push(exchange.request), this.#out.flush()]);
      steps.push({ kind: 'to backend', bytes, freshPort: exchange.atFreshPort });
    }
    const expected = sizeOf(exchange.answers);
    if (expected === 0 && exchange.request.length === 0) return [...steps, ...this.#next(now)];
    this.wait = expected === 0 ? UNEXPECTED : this.#begin.timeout;
    return steps;
  }

  /** Is this the whole answer? */
  #look(now: number): Step[] {
    const { answers } = this.#exchange() ?? { answers: [] };
    if (this.#isUdp) {
      if (answers.length > 0 && this.#answers.length >= answers.length) return this.#next(now);
      this.wait = QUIET;
      return [];
    }
    const ours = concat(answers);
    const frames = framesOf(this.#begin, ours);
    if (frames > 0 && this.#size < MOST_LOOKED && framesOf(this.#begin, concat(this.#answers)) >= frames)
      return this.#next(now);
    const looksComplete = frames === 0 && endsAlike(ours, this.#answers.at(-1) ?? EMPTY);
    this.wait = ours.length === 0 ? UNEXPECTED : looksComplete ? COMPLETE : QUIET;
    this.#isSure = !looksComplete;
    return [];
  }

  /** The answer is whole: what it says is learned, and the next message is said. */
  #next(now: number): Step[] {
    this.wait = null;
    const exchange = this.#exchange();
    if (!exchange) return this.#send(now);
    const steps: Step[] = [];
    const ours = this.#isUdp ? [...exchange.answers] : [concat(exchange.answers)];
    const theirs = this.#isUdp ? this.#answers : [concat(this.#answers)];
    if (sizeOf(ours) > 0) {
      let [most, all] = [0, 0];
      const pairs: Pair[] = [];
      for (const [i, mine] of ours.entries()) {
        const other = theirs[i] ?? EMPTY;
        const comparison = compare(mine, other);
        most += comparison.similarity * (mine.length + other.length);
        all += mine.length + other.length;
        pairs.push(...pairsOf(mine, other, comparison));
        steps.push(...this.#portsIn(mine, other));
      }
      if (most < all * LEAST_SIMILARITY) {
        const percent = Math.round((100 * most) / all);
        return this.#fail(
          'diverged',
          `the real host’s answer to message ${this.#at} has ${percent} % in common with the one that was given`,
        );
      }
      this.#learn(pairs);
    }
    this.#at++;
    return [...steps, ...this.#send(now)];
  }

  /** Ports that the emulator named in its answer, and what the real host named there. */
  #portsIn(ours: Uint8Array, theirs: Uint8Array): Step[] {
    const steps: Step[] = [];
    for (const port of this.#ports) {
      for (const { codec, bytes } of writingsOf(this.#begin.service, port)) {
        const at = indexOf(ours, bytes);
        const place = at < 0 ? null : placeOf(compare(ours, theirs), at);
        const other = place === null ? null : portAt(codec, theirs, place);
        if (other === null) continue;
        steps.push({ kind: 'port', ours: port, theirs: other });
        break;
      }
    }
    this.#ports = this.#ports.filter((port) => !steps.some((step) => step.kind === 'port' && step.ours === port));
    return steps;
  }

  /** An answer of the real host with ports of ours in place of those of its data sessions. */
  #renamed(bytes: Uint8Array, steps: Step[]): Uint8Array {
    const { openPort } = this.#begin;
    if (!openPort || this.#places.length === 0) return bytes;
    return withPorts(this.#places, bytes, (theirs) => {
      const ours = openPort();
      if (ours !== null) steps.push({ kind: 'port', ours, theirs });
      return ours;
    });
  }

  #addresses: Beginning['addresses'] | undefined;

  #learn(pairs: readonly Pair[], addresses = this.#addresses): void {
    this.#addresses = addresses;
    // the latest word on a value is the one that counts
    const fresh = pairs.filter((pair) => !equal(pair.ours, pair.theirs));
    this.#pairs = [...this.#pairs, ...fresh].slice(-MOST_PAIRS);
    if (!addresses) return;
    this.#out.use(patternsOf(this.#pairs, addresses, 'to backend'));
    this.#in.use(patternsOf(this.#pairs, addresses, 'to client'));
  }

  #relays(): Step[] {
    this.#stage = 'relaying';
    this.#hasRelayed = true;
    const steps: Step[] = [{ kind: 'relays' }];
    for (const { bytes, atFreshPort } of this.#waiting.splice(0)) steps.push(...this.#relay(bytes, atFreshPort));
    return steps;
  }

  #relay(bytes: Uint8Array, freshPort: boolean): Step[] {
    this.#turn('client');
    const said: Step = { kind: 'to backend', bytes: this.#out.push(bytes), freshPort };
    if (this.#isUdp) return [{ ...said, bytes: concat([said.bytes, this.#out.flush()]) }];
    this.#hold();
    return said.bytes.length > 0 ? [said] : [];
  }

  #turn(side: 'client' | 'backend'): void {
    if (this.#spoke !== side || this.#isUdp) (side === 'client' ? this.#out : this.#in).begin();
    this.#spoke = side;
  }

  #hold(): void {
    this.wait = this.#out.held + this.#in.held > 0 ? HELD : null;
  }

  #flushOut(): Step[] {
    const bytes = this.#out.flush();
    return bytes.length > 0 ? [{ kind: 'to backend', bytes, freshPort: false }] : [];
  }

  #flushIn(): Step[] {
    const bytes = this.#in.flush();
    return bytes.length > 0 ? [{ kind: 'to client', bytes, freshPort: false }] : [];
  }

  #fail(kind: 'diverged' | 'failed', why: string): Step[] {
    this.#stage = 'over';
    this.wait = null;
    return [{ kind, why }];
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** Whole frames that fill an answer; 0 where it is not made of frames. */
function framesOf({ service }: Beginning, answer: Uint8Array): number {
  const { length } = service.framing;
  return length && answer.length > 0 ? (cutByLength(length, answer)?.length ?? 0) : 0;
}

/** The length of the frames that the client goes on with; undefined where it speaks in none, or not yet. */
function framesFrom({ service, past }: Beginning): LengthField | undefined {
  const left = past.reduce(
    (rest, { request }) => leftOfOpening(service.framing, rest, request),
    openingOf(service.framing),
  );
  return left > 0 ? undefined : service.framing.length;
}

/** Whether the answers are framed as the requests are. */
function framesAnswers(begin: Beginning): boolean {
  if (begin.service.transport === 'udp') return false;
  const said = begin.past.map(({ answers }) => concat(answers)).filter((answer) => answer.length > 0);
  return said.length > 0 && said.every((answer) => framesOf(begin, answer) > 0);
}

/** Whether both end on the same bytes. */
function endsAlike(ours: Uint8Array, last: Uint8Array): boolean {
  const tail = ours.slice(-TAIL);
  return tail.length > 0 && last.length >= tail.length && equal(last.subarray(-tail.length), tail);
}

/** Whether theirs has what ours ends on as often: else a line is missing. */
function hasLines(ours: Uint8Array, theirs: Uint8Array): boolean {
  const tail = ours.slice(-TAIL);
  return occurrences(theirs, tail) >= occurrences(ours, tail);
}
