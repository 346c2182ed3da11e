/**
 * The learned machine as data: what `learn` writes, `emulate` runs and `inspect` explains.
 *
 * One machine for each service. A state carries the answer that is given when it is reached; a
 * transition carries the class of requests that leads on [05 §2.3]. A class is a list of fixed and
 * mutating regions [05 §2.4.2]. An answer is a list of pieces: literal bytes, or a rule that makes
 * the bytes from what was said before ("link" in [06 §4.1]).
 */
import type { Endpoint, PortCodec, Transport } from '../capture/types.js';
import type { ClockFormat } from './clock.js';

export const SCHEMA_VERSION = 1;

export interface Model {
  readonly schema: typeof SCHEMA_VERSION;
  /** Options that learning ran with, for the reader and for refinement. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly services: readonly ServiceModel[];
  /** Ports of the recorded host that refused connections, as in `tcp/4444`. */
  readonly refused?: readonly string[];
  /** How it came about from an earlier one; absent: it was learned at once. */
  readonly refined?: Refined;
}

/** A model that was refined [06]: its version, and what the next refinement begins with. */
export interface Refined {
  /** 1 is the model as it was learned. */
  readonly version: number;
  /** The version that it was made from. */
  readonly from: number;
  /** The layer that is learned anew when there are more samples. */
  readonly layer: number;
  /** The latest last. */
  readonly refinements: readonly Refinement[];
  /** The sessions that this layer was learned from (`learn/refine/samples.ts`). */
  readonly samples: Uint8Array;
  /** It lies beside the model until somebody approves it. */
  readonly waiting?: true;
}

/** Where a refinement came from. */
export interface Refinement {
  readonly version: number;
  /** ISO date and time, as handed in. */
  readonly time: string;
  /** Captures or stores. */
  readonly from: readonly string[];
  /** Conversations that held something new, and requests that the model had not known. */
  readonly conversations: number;
  readonly requests: number;
  /** Clients, those with the most new requests first, and how many more there were. */
  readonly sources: readonly { readonly address: string; readonly requests: number }[];
  readonly moreSources: number;
}

/** Where a refinement begins in the lists of a service: what stands before is as it was. */
export interface Layer {
  /** Refinements of several services that belong together have one number; the first is 1. */
  readonly number: number;
  readonly classes: number;
  readonly states: number;
  /** Trees of classes before it that got a branch, as they were. */
  readonly before?: readonly { readonly class: number; readonly select: Choice<number> }[];
}

export interface ServiceModel {
  readonly transport: Transport;
  readonly port: number;
  /** Address that the recorded server had. */
  readonly server: string;
  readonly framing: Framing;
  /** Index = id. */
  readonly classes: readonly RequestClass[];
  /** Index = id; state 0 is the opening of the session, its answer the greeting (often empty). */
  readonly states: readonly State[];
  /** The port is closed to a source until it has reached one of these states of other services [06 §4.2]. */
  readonly opened?: Opened;
  /** Data sessions: no port of their own (0), but one that an answer of another service names each time. */
  readonly named?: Named;
  /** Refinements, the latest last. A request that the classes before one know is not looked up behind them. */
  readonly layers?: readonly Layer[];
  readonly training: Training;
}

/** The exploit dependency of [06 §4.2]: what opens a port, and for how long. */
export interface Opened {
  readonly by: readonly { /** As in `tcp/139`. */ readonly service: string; readonly states: readonly number[] }[];
  /** For one session; afterwards the port is closed again. */
  readonly once: boolean;
}

/** The interleaving dependency of [06 §4.2]: the service that names the ports, as in `tcp/21`. */
export interface Named {
  readonly by: string;
}

/** What the service was learned from, and what the report says of it. */
export interface Training {
  readonly sessions: number;
  readonly conversations: number;
  /** Left out, by cause. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Sentences on what rests on thin evidence or was cut off by a bound. */
  readonly remarks: readonly string[];
}

/** How the requests of a service are told apart in the stream of bytes. */
export interface Framing {
  /** A binary length field that every request carries, when there is one. */
  readonly length?: LengthField;
  /** The bytes on which every request ends (CR LF, NUL, …), when each such piece is a request of its own. */
  readonly delimiter?: Uint8Array;
  /** Lines may end with LF or CR LF, which mean the same: a request is read as if it had ended with this. */
  readonly lineEnd?: Uint8Array;
  /** Milliseconds of silence after which what has arrived is taken for a whole request. */
  readonly silence: number;
  /** All that the client sends is one request, which its FIN ends. */
  readonly untilEnd?: true;
}

/** The request ends `value + add` bytes behind the field, which starts at `offset`. */
export interface LengthField {
  readonly offset: number;
  readonly codec: NumberCodec;
  readonly add: number;
}

export type Region =
  | { readonly kind: 'fixed'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'mutating';
      /** Most frequent type of its bytes [05 §2.4.2]. */
      readonly type: 'ascii' | 'binary' | 'zero';
      /** Shortest and longest value seen. */
      readonly min: number;
      readonly max: number;
    };

export interface RequestClass {
  readonly id: number;
  /** Classes of one group serve one purpose in different formats (two clients' ways to ask the same). */
  readonly group: number;
  readonly regions: readonly Region[];
  /** Requests seen, and how many different ones. */
  readonly samples: number;
  readonly distinct: number;
  /** One of the requests seen. */
  readonly example: Uint8Array;
  /** Some of the others, for refinements: what they hold is known. */
  readonly seen?: readonly Uint8Array[];
  /** Fields that say what is asked for: with a value never seen, a request that fits is only nearly known. */
  readonly closed?: readonly Closed[];
  /** Chooses the state that a request of this class leads to. */
  readonly select: Choice<number>;
}

/** A field of the request, and all the values that it has. */
export interface Closed {
  readonly span: Span;
  readonly values: readonly Uint8Array[];
}

/** A decision tree whose leaves are values. */
export type Choice<T> =
  | { readonly kind: 'leaf'; readonly value: T; readonly samples: number; readonly wrong: number }
  | { readonly kind: 'test'; readonly test: Test; readonly yes: Choice<T>; readonly no: Choice<T> };

/** A question about the request at hand or about what came before it. */
export type Test =
  /** The message that `of` names holds these bytes. */
  | { readonly kind: 'contains'; readonly of: Source; readonly bytes: Uint8Array }
  /** The message has these bytes at this offset (negative: from the end). */
  | { readonly kind: 'at'; readonly of: Source; readonly offset: number; readonly bytes: Uint8Array }
  /** The span's value is one of these. */
  | { readonly kind: 'value'; readonly span: Span; readonly values: readonly Uint8Array[] }
  /** The message is at most this long. */
  | { readonly kind: 'length'; readonly of: Source; readonly atMost: number }
  /** The span's value as an unsigned number is at most this. */
  | { readonly kind: 'number'; readonly span: Span; readonly codec: NumberCodec; readonly atMost: number }
  /** The state `back` exchanges before this one (1: the present state) is one of these. */
  | { readonly kind: 'state'; readonly back: number; readonly states: readonly number[] }
  /** The session has been in one of these states. */
  | { readonly kind: 'visited'; readonly states: readonly number[] }
  /** This is at most the n-th exchange of the session (the first is 1). */
  | { readonly kind: 'exchange'; readonly atMost: number }
  /** Of these recalls the one at `which` names an exchange, and the latest of all. */
  | { readonly kind: 'recalled'; readonly among: readonly Recall[]; readonly which: number }
  /** Two spans hold the same bytes. */
  | { readonly kind: 'same'; readonly left: Span; readonly right: Span };

/** Names a message of the session relative to the present request. */
export type Source =
  /** The present request, or the one `back` exchanges ago (0: the present one). */
  | { readonly kind: 'request'; readonly back: number }
  /** The emulator's own answer `back` exchanges ago (1: the last one given). The greeting is the answer before the first request. */
  | { readonly kind: 'answer'; readonly back: number }
  /** The latest or first request of a group of classes, the present one included, or the answer that it got. */
  | {
      readonly kind: 'group';
      readonly group: number;
      readonly which: 'latest' | 'first';
      readonly side: 'request' | 'answer';
    }
  /** The greeting. */
  | { readonly kind: 'greeting' }
  /** An earlier exchange that was about the same thing, in this session or in an earlier one of the same source. */
  | Recall
  /** Not a message: addresses and ports of both ends, as text. */
  | {
      readonly kind: 'environment';
      readonly what: 'client address' | 'client port' | 'server address' | 'server port';
    };

/**
 * What a client said earlier about the same thing [new]: the latest exchange of a group of classes in which
 * every `there` holds what `here` holds now. `here` is looked up at the present request, `there` at the
 * earlier one, each in its own session.
 */
export interface Recall {
  readonly kind: 'recall';
  readonly group: number;
  readonly keys: readonly { readonly here: Span; readonly there: Span }[];
  /** Only an exchange that stands so many places later in its session than the present one stands in its own. */
  readonly ahead?: number;
  readonly side: 'request' | 'answer';
}

/** The two ends of the connection as they are now, not as they were recorded. */
export interface Environment {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/**
 * A place in a message. `region` positions are the markers of [06 §4.1]: the edge of a region of the
 * message's class, moved by `offset`.
 */
export type Position =
  | { readonly kind: 'start'; readonly offset: number }
  | { readonly kind: 'end'; readonly offset: number }
  | { readonly kind: 'region'; readonly region: number; readonly edge: 'start' | 'end'; readonly offset: number }
  /** Right before (`start`) or right after (`end`) the n-th occurrence of the bytes; n < 0 counts from the end (-1: the last). */
  | {
      readonly kind: 'marker';
      readonly bytes: Uint8Array;
      readonly nth: number;
      readonly edge: 'start' | 'end';
      readonly offset: number;
    };

/**
 * From a position to another one of the same message, or for a fixed width, until the next occurrence of some bytes,
 * to the end of the word (letters and digits), or for as many bytes as a binary number says that stands right before
 * the position, or at it (and belongs to the span).
 */
export interface Span {
  readonly of: Source;
  readonly from: Position;
  readonly to:
    | Position
    | { readonly kind: 'width'; readonly width: number }
    | { readonly kind: 'until'; readonly bytes: Uint8Array }
    | { readonly kind: 'word' }
    | { readonly kind: 'counted'; readonly by: 'before' | 'here'; readonly codec: BinaryNumber };
}

/** Unsigned, 1 to 6 bytes. */
export interface BinaryNumber {
  readonly kind: 'binary';
  readonly width: number;
  readonly order: 'big' | 'little';
}

export type NumberCodec =
  | { readonly kind: 'decimal'; /** 0: no padding. */ readonly pad: number }
  | { readonly kind: 'hex'; readonly pad: number; readonly upper: boolean }
  | BinaryNumber
  /** ASN.1 BER length: one byte up to 127, else 0x80 + the count of big-endian bytes that follow. */
  | { readonly kind: 'ber' }
  /** Seven bits a byte, least significant first, the high bit says that more follow. */
  | { readonly kind: 'varint' };

export type Transform = { readonly kind: 'copy' } | { readonly kind: 'upper' } | { readonly kind: 'lower' };

interface Escapes {
  readonly by: number;
  readonly bytes: Uint8Array;
  readonly where: 'everywhere' | 'line start';
}

export type Checksum =
  | {
      readonly kind: 'crc';
      readonly bits: 8 | 16 | 32;
      readonly polynomial: number;
      readonly start: number;
      readonly reflected: boolean;
      readonly xor: number;
    }
  /** Of all bytes, modulo 2^bits; negated: what makes the sum zero. */
  | { readonly kind: 'sum'; readonly bits: 8 | 16 | 32; readonly negated: boolean }
  | { readonly kind: 'xor' }
  | { readonly kind: 'adler' }
  | { readonly kind: 'internet' };

/**
 * The bytes of the message that a checksum covers: those before it but for the first `count`, the `count` bytes
 * right before it, those behind it, or all but the first `count` with zeros in its own place.
 */
export interface Covered {
  readonly what: 'before' | 'block' | 'behind' | 'around';
  readonly count: number;
  /** Bytes right before the checksum that it leaves out, such as a separator. */
  readonly gap?: number;
}

/** How a value is written anew (`recode.ts`). */
export type Recoding =
  | { readonly kind: 'hex'; readonly upper: boolean }
  | { readonly kind: 'from hex' }
  | { readonly kind: 'base64'; /** `-` and `_` for `+` and `/`. */ readonly url: boolean; readonly pad: boolean }
  | { readonly kind: 'from base64' }
  /** Letters, digits and the bytes of `keep` as they are, everything else as `sign` and two digits. */
  | {
      readonly kind: 'percent';
      readonly sign: number;
      readonly keep: Uint8Array;
      /** A space is a plus. */
      readonly plus: boolean;
      readonly upper: boolean;
    }
  | { readonly kind: 'from percent'; readonly sign: number; readonly plus: boolean }
  /** The byte `by` is put before each of some bytes (doubling: before itself), or taken away there. */
  | ({ readonly kind: 'escape' } & Escapes)
  | ({ readonly kind: 'unescape' } & Escapes)
  | { readonly kind: 'utf-16' | 'from utf-16'; readonly order: 'big' | 'little' }
  | { readonly kind: 'reverse' }
  | { readonly kind: 'pad'; readonly side: 'left' | 'right'; readonly byte: number; readonly width: number }
  /** Without the blanks at both ends. */
  | { readonly kind: 'trim' };

export type Rule =
  /** A link [06 §4.1]: bytes of an earlier message, transformed. */
  | { readonly kind: 'copy'; readonly span: Span; readonly transform: Transform }
  /** Bytes of an earlier message in another writing. */
  | { readonly kind: 'transform'; readonly span: Span; readonly how: Recoding }
  /** A number of an earlier message plus a constant, written in `codec`. */
  | {
      readonly kind: 'number';
      readonly span: Span;
      readonly read: NumberCodec;
      readonly add: number;
      readonly write: NumberCodec;
    }
  /** The summed length of the pieces `from` to `to` (inclusive) of this answer message, plus a constant. */
  | {
      readonly kind: 'length';
      readonly from: number;
      readonly to: number;
      readonly add: number;
      readonly write: NumberCodec;
    }
  /** The length of a part of an earlier message, plus a constant. */
  | { readonly kind: 'size'; readonly span: Span; readonly add: number; readonly write: NumberCodec }
  /** A checksum of other bytes of this answer message. */
  | { readonly kind: 'checksum'; readonly how: Checksum; readonly covered: Covered; readonly write: NumberCodec }
  /** A value that the server made up: fresh for each session, of this length and alphabet. */
  | { readonly kind: 'made up'; readonly min: number; readonly max: number; readonly alphabet: Uint8Array }
  /** The time now, plus `offset` milliseconds (a zone), in a format of `clock.ts`. */
  | { readonly kind: 'clock'; readonly format: ClockFormat; readonly offset: number }
  /** A count of `rate` a second that stood at nothing at `zero` (Unix milliseconds), and turns over where its coding ends. */
  | { readonly kind: 'ticks'; readonly rate: number; readonly zero: number; readonly write: NumberCodec }
  /** The port at which the client finds the data session, opened for it now. */
  | { readonly kind: 'port'; readonly write: PortCodec }
  /** One of the values seen, chosen by what was asked. */
  | { readonly kind: 'choice'; readonly choose: Choice<Uint8Array> }
  | Cells
  | Lookup;

/**
 * Records of a table that the answers of the whole service tell of [new]: each is a key with the value that
 * stands behind it. The request names keys; the answer holds their records, or those that come next.
 */
export interface Lookup {
  readonly kind: 'lookup';
  readonly form: RecordForm;
  readonly choose: Choice<Way>;
  /** What of the first record is given: all of it, or what its frame or its key has left. */
  readonly from: 'frame' | 'key' | 'value';
  /** In the order of the keys' bytes. */
  readonly entries: readonly Entry[];
  /** What stands behind a key that no entry is for; null: it was never seen. */
  readonly rest: Uint8Array | null;
  /** Groups of requests that write what stands behind the keys that they name. */
  readonly writers: readonly number[];
}

/** The records of the keys named, or so many behind each of them in the order of the keys' bytes. */
export type Way = { readonly which: 'named' } | { readonly which: 'next'; readonly count: number | NumberBefore };

/** How records are written: perhaps framed, a key, a value. */
export interface RecordForm {
  /** Goes around key and value; null: nothing does. */
  readonly frame: Field | null;
  readonly key: Field;
  /** What all keys begin with. */
  readonly begin: Uint8Array;
  readonly value: Field;
  /** What stands behind a key where it is only asked for; null: nothing like a value. */
  readonly blank: Uint8Array | null;
}

/** A tag (null: one byte of any value), the length of the content, the content. */
export interface Field {
  readonly tag: Uint8Array | null;
  readonly length: NumberCodec;
}

/** The content of a key, and the field behind it as a whole. */
export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A number that stands so many bytes before the first key that the request names. */
export interface NumberBefore {
  readonly before: number;
  readonly codec: NumberCodec;
}

/**
 * Equal cells beside each other, from the one that the request names on [new]: registers, inputs, entries.
 * What a cell holds is a function of its index, until the client writes to it.
 */
export interface Cells {
  readonly kind: 'cells';
  readonly form: CellForm;
  readonly index: NumberAt;
  /** How many cells: what the request says, or always as many. */
  readonly count: NumberAt | number;
  /** The bytes that choose the table; null: there is one table. */
  readonly part: Span | null;
  /** The first one stands in for parts that were never seen. */
  readonly tables: readonly CellTable[];
  readonly writers: readonly CellWriter[];
}

/** A number in a message. */
export interface NumberAt {
  readonly span: Span;
  readonly codec: NumberCodec;
}

/** How one cell is written: a number, or a bit of a byte, the first one its lowest or its highest. */
export type CellForm = NumberCodec | { readonly kind: 'bit'; readonly first: 'lowest' | 'highest' };

export interface CellTable {
  /** The parts that it is for. */
  readonly parts: readonly Uint8Array[];
  /** By index; they do not overlap. */
  readonly runs: readonly CellRun[];
  /** What a cell in none of the runs holds. */
  readonly rest: number;
}

/** Cells whose values repeat, each time `step` higher: with one value a line or a constant, else a period or a list. */
export interface CellRun {
  readonly from: number;
  readonly to: number;
  readonly values: readonly number[];
  readonly step: number;
}

/** A request that changes cells of one table for all later reads of the same source; spans are looked up in that request. */
export interface CellWriter {
  readonly table: number;
  readonly group: number;
  /** What tells it from other requests of its group. */
  readonly when: Test | null;
  readonly index: NumberAt;
  /** The new values, one behind the other. */
  readonly values: Span;
  /** How many of them; null: as many as stand there. */
  readonly count: NumberAt | null;
}

export type Piece =
  | { readonly kind: 'literal'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'rule';
      readonly rule: Rule;
      /** A value seen in training: used where the rule can not be applied. */
      readonly example: Uint8Array;
      /** Samples that the rule explains, of those that reached it. */
      readonly support: number;
      readonly samples: number;
    };

/** Server bytes up to the next request. TCP: one message at most; UDP: one for each datagram. */
export interface AnswerMessage {
  readonly pieces: readonly Piece[];
  /** UDP: answered from a port other than the service's. */
  readonly freshPort?: boolean;
  /** Said when the data session is over. */
  readonly afterData?: boolean;
  /** Milliseconds between the request and the first byte of this message, median in training. */
  readonly delay: number;
}

export interface State {
  readonly id: number;
  /** The classes whose requests lead here; none for the opening. */
  readonly classes: readonly number[];
  readonly answer: readonly AnswerMessage[];
  /** What the server does after the answer. */
  readonly close: 'stay' | 'fin' | 'rst';
  /** The request that led here is what the data session at the port named last begins with. */
  readonly feedsData?: boolean;
  /** Samples that reached this state, and those that agree with the answer in full (its confidence [06 §4.1]). */
  readonly samples: number;
  readonly confidence: number;
  readonly transitions: readonly Transition[];
}

export interface Transition {
  readonly class: number;
  readonly to: number;
  readonly samples: number;
}
