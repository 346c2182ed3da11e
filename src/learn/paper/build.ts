/**
 * The machine builder [05 §2.3]: sessions in, a tree of states out, before any simplification.
 *
 * From the root, each request of a session follows the transition that carries exactly this request, or
 * adds one to a new state, which is labelled with the answer seen.
 */
import { toLatin1 } from '../../bytes/bytes.js';

/** What one session said, as the builder needs it. */
export interface BuildSession {
  readonly requests: readonly Uint8Array[];
  /** The greeting, then the answer to each request; missing ones count as empty. */
  readonly answers: readonly Uint8Array[];
}

/** Thresholds of growth [05 §2.3]. */
export interface BuildBounds {
  /** Most transitions that leave one state. */
  readonly maxFanOut: number;
  /** Most states of the machine. */
  readonly maxStates: number;
}

export interface BuiltTransition {
  /** Index into {@link BuiltMachine.messages}. */
  readonly request: number;
  readonly to: number;
  count: number;
}

export interface BuiltState {
  readonly id: number;
  /** Answers seen on reaching this state → how often; indices into {@link BuiltMachine.messages}. */
  readonly answers: Map<number, number>;
  readonly transitions: BuiltTransition[];
  /** How often the state was reached. */
  count: number;
}

/** What the bounds kept out. */
export interface CutOff {
  /** Sessions that were not inserted to their end. */
  sessions: number;
  /** Their requests that are missing. */
  requests: number;
  /** How often each bound was the reason. */
  byFanOut: number;
  byStates: number;
}

/** A message stored once, however often it occurs. */
export interface StoredMessage {
  readonly bytes: Uint8Array;
  count: number;
}

const NOTHING = new Uint8Array(0);

/** A machine that grows session by session. State 0 is the opening; its answers are greetings. */
export class BuiltMachine {
  readonly states: BuiltState[] = [];
  readonly messages: StoredMessage[] = [];
  readonly cutOff: CutOff = { sessions: 0, requests: 0, byFanOut: 0, byStates: 0 };
  sessions = 0;
  private readonly bounds: BuildBounds;
  private readonly known = new Map<string, number>();
  /** For each state: request → transition. */
  private readonly outgoing: Map<number, BuiltTransition>[] = [];

  constructor(bounds: BuildBounds = { maxFanOut: Infinity, maxStates: Infinity }) {
    this.bounds = bounds;
    this.addState();
  }

  /** Inserts one session as a path [05 §2.3]; returns the states that it visited, the opening first. */
  insert(session: BuildSession): number[] {
    this.sessions++;
    const path = [0];
    this.label(0, session.answers[0] ?? NOTHING);
    let state = 0;
    for (let i = 0; i < session.requests.length; i++) {
      const bytes = session.requests[i] ?? NOTHING;
      const key = toLatin1(bytes);
      const seen = this.known.get(key);
      let transition = seen === undefined ? undefined : this.outgoing[state]?.get(seen);
      if (transition === undefined) {
        const full = (this.states[state]?.transitions.length ?? 0) >= this.bounds.maxFanOut;
        if (full || this.states.length >= this.bounds.maxStates) {
          if (full) this.cutOff.byFanOut++;
          else this.cutOff.byStates++;
          this.cutOff.sessions++;
          this.cutOff.requests += session.requests.length - i;
          return path;
        }
        transition = { request: this.intern(bytes, key), to: this.addState(), count: 0 };
        this.states[state]?.transitions.push(transition);
        this.outgoing[state]?.set(transition.request, transition);
      } else this.intern(bytes, key);
      transition.count++;
      state = transition.to;
      path.push(state);
      this.label(state, session.answers[i + 1] ?? NOTHING);
    }
    return path;
  }

  /** The answer that labels a state: the one seen most often, the earliest on ties. */
  answer(state: number): Uint8Array {
    let best = -1;
    let most = 0;
    for (const [message, count] of this.states[state]?.answers ?? []) {
      if (count <= most) continue;
      most = count;
      best = message;
    }
    return this.messages[best]?.bytes ?? NOTHING;
  }

  /** Sentences on what the bounds cut off; none when nothing was. */
  report(): string[] {
    const { sessions, requests, byFanOut, byStates } = this.cutOff;
    if (sessions === 0) return [];
    const reasons: string[] = [];
    if (byFanOut > 0) reasons.push(`${byFanOut} at a state with ${this.bounds.maxFanOut} transitions`);
    if (byStates > 0) reasons.push(`${byStates} because the machine had ${this.bounds.maxStates} states`);
    return [`${sessions} of ${this.sessions} sessions were cut off, with ${requests} requests: ${reasons.join(', ')}.`];
  }

  private label(state: number, answer: Uint8Array): void {
    const entry = this.states[state];
    if (entry === undefined) return;
    entry.count++;
    const message = this.intern(answer, toLatin1(answer));
    entry.answers.set(message, (entry.answers.get(message) ?? 0) + 1);
  }

  private intern(bytes: Uint8Array, key: string): number {
    let index = this.known.get(key);
    if (index === undefined) {
      index = this.messages.length;
      this.messages.push({ bytes, count: 0 });
      this.known.set(key, index);
    }
    const message = this.messages[index];
    if (message !== undefined) message.count++;
    return index;
  }

  private addState(): number {
    const id = this.states.length;
    this.states.push({ id, answers: new Map(), transitions: [], count: 0 });
    this.outgoing.push(new Map());
    return id;
  }
}

/** Builds the machine of some sessions in their order [05 §2.3]. */
export function build(sessions: readonly BuildSession[], bounds?: BuildBounds): BuiltMachine {
  const machine = new BuiltMachine(bounds);
  for (const session of sessions) machine.insert(session);
  return machine;
}
