/**
 * The learned machine as data: what `learn` writes, `emulate` runs and `inspect` explains.
 *
 * One machine for each service. A state carries the answer that is given when it is reached; a
 * transition carries the class of requests that leads on [05 §2.3]. A class is a list of fixed and
 * mutating regions [05 §2.4.2]. An answer is a list of pieces: literal bytes, or a rule that makes
 * the bytes from what was said before ("link" in [06 §4.1]).
 */
import type { PortCodec, Transport } from '../capture/types.js';
import type { ClockFormat } from './clock.js';
import type { Cells, Fill, Lookup, Padding, Part, Register } from './tables.js';
import type { Checksum, Choice, Covered, Digest, NumberCodec, Recoding, Span, Transform } from './terms.js';

export type * from './tables.js';
export type * from './terms.js';

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
  /** What all clients share; absent: nothing that was found. Index = id. */
  readonly registers?: readonly Register[];
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
  /** A binary length field that every request carries, when there is one; those that are said in the opening do not. */
  readonly length?: LengthField;
  /** Bytes that every client says before the first frame that carries its length; absent: none. */
  readonly opening?: number;
  /** The bytes that the first lines of a client end with, which stand before the first frame and have no fixed size; absent: there are none. */
  readonly openingEnd?: Uint8Array;
  /** First bytes of frames that are but a part of a request: it goes on with the next frame. */
  readonly more?: readonly number[];
  /** The length field of what the server says: an answer is a message for each such frame. */
  readonly answers?: LengthField;
  /** The bytes on which every request ends (CR LF, NUL, …), when each such piece is a request of its own. */
  readonly delimiter?: Uint8Array;
  /** Lines may end with LF or CR LF, which mean the same: a request is read as if it had ended with this. */
  readonly lineEnd?: Uint8Array;
  /** Milliseconds of silence after which what has arrived is taken for a whole request. */
  readonly silence: number;
  /** All that the client sends is one request, which its FIN ends. */
  readonly untilEnd?: true;
  /**
   * Lines are typed character by character, and these said back at once; the answer to a line begins with all of it.
   * `others`: what is no line, as terminals say it, is answered as well.
   */
  readonly typed?: { readonly others: boolean };
  /** How the messages of each side are written; absent: as they are meant. */
  readonly coding?: Codings;
}

/** How requests and answers are written. Classes and answers of the machine are of what they mean. */
export interface Codings {
  readonly requests?: Coding;
  readonly answers?: Coding;
}

/**
 * Each message of a side (each frame of it, where frames carry their length) is a coding of something else from
 * behind `start`, which stands so many bytes behind the length field or the beginning, up to `end`. What is not
 * written so means what it says.
 */
export interface Coding {
  readonly skip: number;
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly how: CodedAs;
}

export type CodedAs =
  | { readonly kind: 'hex'; readonly upper: boolean }
  | { readonly kind: 'base64'; readonly url: boolean; readonly pad: boolean }
  /** Exclusive-or'd with a key again and again, the same one in all messages. */
  | { readonly kind: 'key'; readonly key: Uint8Array }
  /** Exclusive-or'd with the so many bytes that stand before it, other ones in each message. */
  | { readonly kind: 'mask'; readonly width: number }
  /** Each byte but the first one exclusive-or'd with the coded one before it. */
  | { readonly kind: 'chain' }
  /** Cut into a head and blocks of so many bytes at most, each with a checksum behind it. */
  | {
      readonly kind: 'checked';
      readonly head: number;
      readonly block: number;
      readonly how: Checksum;
      readonly order: 'big' | 'little';
    }
  /** Compressed. */
  | { readonly kind: 'deflate'; readonly wrap: 'raw' | 'zlib' | 'gzip'; readonly level: number };

/** The request ends `value + add` bytes behind the field, which starts at `offset`. */
export interface LengthField {
  readonly offset: number;
  readonly codec: NumberCodec;
  readonly add: number;
  /** Frames of other forms, by the byte that they begin with. */
  readonly others?: readonly OtherLength[];
  /** What carries its length are pieces: a frame is all of them up to the one that is these bytes. */
  readonly until?: Uint8Array;
}

/** The length field of the frames that begin with this byte. */
export interface OtherLength extends Omit<LengthField, 'others' | 'until'> {
  readonly first: number;
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

/** A field of the request, and all the values that it has: those that requests of the class have, and those of others alone. */
export interface Closed {
  readonly span: Span;
  readonly values: readonly Uint8Array[];
  readonly others?: readonly Uint8Array[];
}

/** The numbers from `least` to `most`, and how they are written. */
export interface NumberRange {
  readonly codec: NumberCodec;
  readonly least: number;
  readonly most: number;
}

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
  /** Bytes of an earlier message, exclusive-or'd with as many others: constant ones, or those that a span begins with. */
  | { readonly kind: 'masked'; readonly span: Span; readonly by: Uint8Array | Span }
  /** A number of an earlier message, and another one that is added or taken away. */
  | {
      readonly kind: 'sum';
      readonly span: Span;
      readonly other: Span;
      readonly sign: 1 | -1;
      /** How all three are written; absent: plain digits. */
      readonly codec?: NumberCodec;
      /** How the two are written where that is otherwise. */
      readonly read?: NumberCodec;
    }
  /** The summed length of the pieces `from` to `to` (inclusive) of this answer message, plus a constant. */
  | {
      readonly kind: 'length';
      readonly from: number;
      readonly to: number;
      readonly add: number;
      readonly write: NumberCodec;
    }
  /** The length of a part of an earlier message, or what it is in another writing, plus a constant. */
  | {
      readonly kind: 'size';
      readonly span: Span;
      readonly how?: Recoding;
      readonly add: number;
      readonly write: NumberCodec;
    }
  /** How often some bytes stand in a part of an earlier message, none of them overlapping, plus a constant. */
  | {
      readonly kind: 'count';
      readonly span: Span;
      readonly bytes: Uint8Array;
      readonly add: number;
      readonly write: NumberCodec;
    }
  /** A checksum of other bytes of this answer message. */
  | { readonly kind: 'checksum'; readonly how: Checksum; readonly covered: Covered; readonly write: NumberCodec }
  /** A checksum or a hash of a part of an earlier message. */
  | { readonly kind: 'digest'; readonly span: Span; readonly digest: Digest }
  /**
   * A value that the server made up: fresh for each session, of this length and alphabet, or a number in this range;
   * `form`: places that hold other bytes than the rest, such as the signs between the parts of an identifier;
   * `hold`: fresh after so many milliseconds, and till then the same for all.
   */
  | {
      readonly kind: 'made up';
      readonly min: number;
      readonly max: number;
      readonly alphabet: Uint8Array;
      readonly form?: readonly { readonly at: number; readonly bytes: Uint8Array }[];
      readonly within?: NumberRange;
      /** The same value as this piece of the message, or so much more than that number, in the writing of `within`. */
      readonly again?: number;
      readonly add?: number;
      readonly hold?: number;
    }
  /**
   * The time now, plus `offset` milliseconds (a zone), in a format of `clock.ts`; `again`: of the very moment that the
   * clock before it in this message tells; `hold`: of the moment at which it moved last, for it stands still for so many
   * milliseconds each time.
   */
  | {
      readonly kind: 'clock';
      readonly format: ClockFormat;
      readonly offset: number;
      readonly again?: true;
      readonly hold?: number;
    }
  /** A count of `rate` a second that stood at nothing at `zero` (Unix milliseconds), and turns over where its coding ends. */
  | { readonly kind: 'ticks'; readonly rate: number; readonly zero: number; readonly write: NumberCodec }
  /** The port at which the client finds the data session, opened for it now. */
  | { readonly kind: 'port'; readonly write: PortCodec }
  /** One of the values seen, chosen by what was asked. */
  | { readonly kind: 'choice'; readonly choose: Choice<Uint8Array> }
  | Cells
  | Lookup
  | Part
  | Fill
  | Padding;

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

/** Server bytes up to the next request. TCP: one message, or one for each frame; UDP: one for each datagram. */
export interface AnswerMessage {
  readonly pieces: readonly Piece[];
  /** UDP: answered from a port other than the service's. */
  readonly freshPort?: boolean;
  /** Said when the data session is over. */
  readonly afterData?: boolean;
  /** Milliseconds between the request and the first byte of this message, median in training. */
  readonly delay: number;
}

/** A request that was answered with the same bytes each time: a message for each of the state's answer. */
export interface Rote {
  readonly request: Uint8Array;
  readonly messages: readonly Uint8Array[];
}

export interface State {
  readonly id: number;
  /** The classes whose requests lead here; none for the opening. */
  readonly classes: readonly number[];
  readonly answer: readonly AnswerMessage[];
  /** Requests that are answered as they were recorded, whatever the rules of the answer would give. */
  readonly rote?: readonly Rote[];
  /** What the server does after the answer. */
  readonly close: 'stay' | 'fin' | 'rst';
  /** The request that led here is what the data session at the port named last begins with. */
  readonly feedsData?: boolean;
  /** What is typed next is not said back. */
  readonly hides?: true;
  /** The request that led here is a signal to the other sessions of its source (`signals.ts`). */
  readonly signals?: true;
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
