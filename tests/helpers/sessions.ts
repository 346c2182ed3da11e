/** Sessions written down for tests as people talk, and a client that talks to what was learned from them. */
import { concat, fromLatin1, toLatin1 } from '../../src/bytes/bytes.js';
import { seeded } from '../../src/bytes/random.js';
import type { Close, Endpoint, Message, Outcome, Session, Transport } from '../../src/capture/types.js';
import { compile, type Command, type CompiledService, type Dialogue, type Note } from '../../src/emulate/index.js';
import { play } from '../../src/evaluate/play.js';
import { learn, type LearnOptions } from '../../src/learn/index.js';
import type { Model, Piece, Rule, ServiceModel } from '../../src/model/types.js';

/** Seeds for tests that make their sessions up; `SEEDS=25` tries more. */
export const seeds = (usual = 3): number[] =>
  Array.from({ length: Number(process.env['SEEDS'] ?? usual) }, (_, i) => i + 1);

/** Text stands for bytes, one character each. */
export type Words = string | Uint8Array;

export interface Spoken {
  readonly from: 'client' | 'server';
  readonly bytes: Uint8Array;
  readonly serverPort?: number;
  /** Seconds of silence before it. */
  readonly after?: number;
}

export const bytesOf = (words: Words): Uint8Array => (typeof words === 'string' ? fromLatin1(words) : words);

/** The client says. */
export const c = (...words: readonly Words[]): Spoken => ({ from: 'client', bytes: concat(words.map(bytesOf)) });

/** The server says. */
export const s = (...words: readonly Words[]): Spoken => ({ from: 'server', bytes: concat(words.map(bytesOf)) });

/** A number in so many bytes, most significant first. */
export function big(value: number, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) % 256);
}

/** A number in so many bytes, least significant first. */
export function little(value: number, width: number): Uint8Array {
  return big(value, width).reverse();
}

export interface Circumstances {
  readonly transport?: Transport;
  readonly client?: Endpoint;
  readonly server?: Endpoint;
  /** Seconds. */
  readonly start?: number;
  readonly close?: Close;
  readonly outcome?: Outcome;
  readonly halfClosed?: boolean;
}

export const SERVER: Endpoint = { address: '192.0.2.7', port: 7000 };
/** Seconds: a day in 2023, not at midnight. */
const START = 1_700_000_000;
/** Seconds from one message to the next. */
const STEP = 0.02;

/** A session of its own time and client. */
export function record(id: number, spoken: readonly Spoken[], circumstances: Circumstances = {}): Session {
  const start = circumstances.start ?? START + 97.25 * id;
  let waited = 0;
  const messages = spoken.map(({ from, bytes, serverPort, after = 0 }, i): Message => {
    waited += after;
    const time = start + waited + STEP * (i + 1);
    const port = serverPort === undefined ? {} : { serverPort };
    return { from, bytes, time, lastTime: time, pieces: [bytes.length], ...port };
  });
  const { transport = 'tcp', server = SERVER, outcome = 'complete', halfClosed = false } = circumstances;
  return {
    id,
    transport,
    client: circumstances.client ?? clientOf(id),
    server,
    start,
    end: start + waited + STEP * (messages.length + 1),
    messages,
    halfClosed,
    close: circumstances.close ?? (transport === 'udp' ? { by: 'nobody', how: 'open' } : { by: 'client', how: 'fin' }),
    outcome,
  };
}

function clientOf(id: number): Endpoint {
  return {
    address: `10.${20 + (id % 7)}.${(id * 37) % 250}.${1 + ((id * 11) % 250)}`,
    port: 40_000 + ((id * 7919) % 20_000),
  };
}

/** Uniform draws in words that tests need. */
export class Dice {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  /** So many characters of an alphabet. */
  text(least: number, most: number, alphabet = 'abcdefghijklmnopqrstuvwxyz'): string {
    return Array.from({ length: this.between(least, most) }, () => this.pick(Array.from(alphabet))).join('');
  }

  bytes(least: number, most = least): Uint8Array {
    return Uint8Array.from({ length: this.between(least, most) }, () => this.between(0, 255));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}

/** What a client and a server of an invented protocol say in one session. */
export type Protocol = (
  dice: Dice,
  session: Session,
) => readonly Spoken[] | { spoken: readonly Spoken[]; close: Close };

/** Sessions of a protocol; other seeds give others. */
export function speak(protocol: Protocol, count: number, seed: number, circumstances: Circumstances = {}): Session[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, i) => {
    const id = i + (seed % 1000) * 1000;
    const said = protocol(dice, record(id, [], circumstances));
    return 'spoken' in said
      ? record(id, said.spoken, { ...circumstances, close: said.close })
      : record(id, said, circumstances);
  });
}

/** The only service of what was learned. */
export function learnOne(sessions: readonly Session[], options: Partial<LearnOptions> = {}): ServiceModel {
  const { services } = learn(sessions, options);
  if (services.length !== 1 || !services[0]) throw new Error(`${services.length} services were learned, not one`);
  return services[0];
}

/** What the emulator says otherwise than the server did, in words; empty when there is nothing. */
export function differences(service: ServiceModel, sessions: readonly Session[]): string[] {
  const compiled = compile(service);
  return sessions.flatMap((session) =>
    play(compiled, session, seeded(session.id)).flatMap(({ request, expected, given }) => {
      const [asked, wanted, got] = [request, expected, given].map((bytes) => JSON.stringify(toLatin1(bytes)));
      return wanted === got
        ? []
        : [`session ${session.id}: to ${asked} the server said ${wanted}, the emulator ${got}`];
    }),
  );
}

/** All rules of all answers, those of choices included. */
export function rulesOf(model: Model | ServiceModel): Rule[] {
  const services = 'services' in model ? model.services : [model];
  const pieces = services.flatMap(({ states }) =>
    states.flatMap(({ answer }) => answer.flatMap((m): readonly Piece[] => m.pieces)),
  );
  return pieces.flatMap((piece) => (piece.kind === 'rule' ? [piece.rule] : []));
}

export function kindsOf(model: Model | ServiceModel): Set<Rule['kind']> {
  return new Set(rulesOf(model).map(({ kind }) => kind));
}

export const CLIENT: Endpoint = { address: '10.99.3.14', port: 50_123 };
export const NOW = 1_750_000_000_000;

/** What came back for something that the client did. */
export interface Heard {
  readonly text: string;
  readonly notes: readonly Note[];
  readonly commands: readonly Command[];
  readonly waits: boolean;
  readonly close: 'fin' | 'rst' | null;
}

/** A client that talks to a compiled service; nothing is carried out but what it asks for. */
export class Caller {
  readonly dialogue: Dialogue;
  readonly greeting: string;
  now = NOW;

  constructor(
    service: ServiceModel | CompiledService,
    { client = CLIENT, server = SERVER, seed = 1 }: { client?: Endpoint; server?: Endpoint; seed?: number } = {},
  ) {
    const compiled = 'dialogue' in service ? service : compile(service);
    this.dialogue = compiled.dialogue({ client, server }, seeded(seed));
    this.greeting = heard(this.dialogue.open(this.now)).text;
  }

  /** Sends one piece and does not wait. */
  send(words: Words): Heard {
    return heard(this.dialogue.receive(bytesOf(words), (this.now += 5)));
  }

  silence(): Heard {
    return heard(this.dialogue.silence((this.now += 500)));
  }

  end(): Heard {
    return heard(this.dialogue.end((this.now += 5)));
  }

  /** Says something and waits for the answer, for as long as the emulator asks to. */
  say(words: Words): string {
    const at = this.send(words);
    return at.waits ? at.text + this.silence().text : at.text;
  }
}

export function heard(commands: readonly Command[]): Heard {
  const sent = commands.flatMap((command) => (command.kind === 'send' ? [command.bytes] : []));
  const closed = commands.find((command) => command.kind === 'close');
  return {
    text: toLatin1(concat(sent)),
    notes: commands.flatMap((command) => (command.kind === 'note' ? [command.note] : [])),
    commands,
    waits: commands.some(({ kind }) => kind === 'wait'),
    close: closed?.how ?? null,
  };
}
