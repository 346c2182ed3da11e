/**
 * What rules and questions are made of, as data: decision trees and their questions; sources, positions and spans in
 * what was said; writings of numbers, checksums and values.
 */
import type { Endpoint } from '../capture/types.js';

/** A decision tree whose leaves are values. */
export type Choice<T> =
  | { readonly kind: 'leaf'; readonly value: T; readonly samples: number; readonly wrong: number }
  | { readonly kind: 'test'; readonly test: Test; readonly yes: Choice<T>; readonly no: Choice<T> };

/** A question about the request at hand or about what came before it. */
export type Test =
  /** The message that `of` names holds these bytes; `within`: in this part of it. */
  | { readonly kind: 'contains'; readonly of: Source; readonly bytes: Uint8Array; readonly within?: Span }
  /** The message has these bytes at this offset (negative: from the end). */
  | { readonly kind: 'at'; readonly of: Source; readonly offset: number; readonly bytes: Uint8Array }
  /** The span's value is one of these. */
  | { readonly kind: 'value'; readonly span: Span; readonly values: readonly Uint8Array[] }
  /** The message is at most this long. */
  | { readonly kind: 'length'; readonly of: Source; readonly atMost: number }
  /** The span's value as an unsigned number is at most this. */
  | { readonly kind: 'number'; readonly span: Span; readonly codec: NumberCodec; readonly atMost: number }
  /** The state `back` exchanges before this one (1: the present state) is one of these; `answered`: those without an answer do not count. */
  | {
      readonly kind: 'state';
      readonly back: number;
      readonly states: readonly number[];
      readonly answered?: boolean;
    }
  /** The session has been in one of these states. */
  | { readonly kind: 'visited'; readonly states: readonly number[] }
  /** The latest request before this one in the session that was of one of these groups was of this one. */
  | { readonly kind: 'said'; readonly among: readonly number[]; readonly which: number }
  /** This is at most the n-th exchange of the session (the first is 1). */
  | { readonly kind: 'exchange'; readonly atMost: number }
  /**
   * Of these recalls the one at `which` names an exchange, and the latest of all; `states`: one that led to these;
   * `within`: one that was asked no more than so many milliseconds before.
   */
  | {
      readonly kind: 'recalled';
      readonly among: readonly Recall[];
      readonly which: number;
      readonly states?: readonly number[];
      readonly within?: number;
    }
  /** Two spans hold the same bytes. */
  | { readonly kind: 'same'; readonly left: Span; readonly right: Span };

/** Names a message of the session relative to the present request. */
export type Source =
  /** The present request, or the one `back` exchanges ago (0: the present one). */
  | { readonly kind: 'request'; readonly back: number }
  /**
   * The emulator's own answer `back` exchanges ago (1: the last one given; 0, at an earlier exchange: the one that it
   * got). The greeting is the answer before the first request.
   */
  | { readonly kind: 'answer'; readonly back: number }
  /** The latest or first request of a group of classes, the present one included, or the one before the latest; or the answer that it got. */
  | {
      readonly kind: 'group';
      readonly group: number;
      readonly which: 'latest' | 'first' | 'last but one';
      readonly side: 'request' | 'answer';
    }
  /** The greeting. */
  | { readonly kind: 'greeting' }
  /** The texts that the present request holds in base64, or the latest one of a group, one behind the other. */
  | { readonly kind: 'decoded'; readonly group?: number }
  /** An earlier exchange that was about the same thing, in this session or in an earlier one of the same source. */
  | Recall
  | Gathered
  /** Not a message: what a register of the service holds. */
  | { readonly kind: 'register'; readonly id: number }
  /** Not a message: addresses and ports of both ends, as text, or in binary with this byte order. */
  | {
      readonly kind: 'environment';
      readonly what: 'client address' | 'client port' | 'server address' | 'server port';
      readonly binary?: 'big' | 'little';
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
  /** Only an exchange of a session that is not over: what was done there lasts as long as the connection. */
  readonly open?: true;
  readonly side: 'request' | 'answer';
}

/**
 * What was said in several requests of this session [new]: a part of each request like `head` up to the present one (null:
 * of each before the present one), one behind the other, back to the latest one like `since`; `by`: in the order of this
 * number, of each the latest.
 */
export interface Gathered {
  readonly kind: 'gathered';
  readonly head: Head | null;
  readonly part: Span;
  readonly since: Head | null;
  readonly by?: { readonly span: Span; readonly codec: NumberCodec };
}

/** Bytes that requests of one kind have at an offset. */
export interface Head {
  readonly offset: number;
  readonly bytes: Uint8Array;
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
  /**
   * Right before (`start`) or right after (`end`) the n-th occurrence of the bytes; n < 0 counts from the end (-1: the last).
   * `blank`: behind the space or tab, if any, that stands there.
   */
  | {
      readonly kind: 'marker';
      readonly bytes: Uint8Array;
      readonly nth: number;
      readonly edge: 'start' | 'end';
      readonly blank?: true;
      readonly offset: number;
    }
  /**
   * So many bytes behind a value whose length a number at `at` says, or that begins there and a zero ends; behind the
   * next ones of the same kind too, where `steps` are more than one and `gap` bytes stand between them. `letters`: it
   * counts letters of so many bytes. `align`: each of them is filled up to so many bytes, counted from where the message
   * begins. `region`: `at` is counted from where that region of the message begins.
   */
  | {
      readonly kind: 'behind';
      readonly at: number;
      readonly region?: number;
      readonly codec: BinaryNumber | Ended;
      readonly letters?: number;
      readonly align?: number;
      readonly steps: number;
      readonly gap: number;
      readonly offset: number;
    };

/**
 * From a position to another one of the same message, or for a fixed width, until the next occurrence of some bytes,
 * to the end of the word (letters and digits) or of the number in seven bits a byte, or for as many bytes (or letters of several bytes) as a binary number says
 * that stands right before the position, or at it (and belongs to the span).
 */
export interface Span {
  readonly of: Source;
  readonly from: Position;
  readonly to:
    | Position
    | { readonly kind: 'width'; readonly width: number }
    | { readonly kind: 'until'; readonly bytes: Uint8Array }
    | { readonly kind: 'word' }
    | { readonly kind: 'varint' }
    | {
        readonly kind: 'counted';
        readonly by: 'before' | 'here';
        readonly codec: BinaryNumber;
        readonly letters?: number;
      };
}

/** No number says how long a text is, but a zero stands behind it, and belongs to it. */
export interface Ended {
  readonly kind: 'ended';
}

/** Unsigned, 1 to 6 bytes. */
export interface BinaryNumber {
  readonly kind: 'binary';
  readonly width: number;
  readonly order: 'big' | 'little';
}

export type NumberCodec =
  | {
      readonly kind: 'decimal';
      /** 0: no padding. */
      readonly pad: number;
      /** So many digits stand behind a point: 12.50 with two of them is 1250. */
      readonly behind?: number;
    }
  | { readonly kind: 'hex'; readonly pad: number; readonly upper: boolean }
  | BinaryNumber
  /** ASN.1 BER length: one byte up to 127, else 0x80 + the count of big-endian bytes that follow. */
  | { readonly kind: 'ber' }
  /** Seven bits a byte, least significant first, the high bit says that more follow. */
  | { readonly kind: 'varint' }
  /**
   * One byte up to `most`; each one above says how many bytes the number has that follow it. `flag`: is added to
   * the first byte, and says something else.
   */
  | {
      readonly kind: 'stepped';
      readonly most: number;
      readonly widths: readonly number[];
      readonly order: 'big' | 'little';
      readonly flag: number;
    };

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
  /** Of all bytes and `start`, modulo 2^bits; negated: what makes the sum zero. */
  | { readonly kind: 'sum'; readonly bits: 8 | 16 | 32; readonly negated: boolean; readonly start?: number }
  | { readonly kind: 'xor'; readonly start?: number }
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
  /** It is of the bytes for which the hexadecimal digits stand that it covers. */
  readonly digits?: true;
}

/** What is computed of some bytes: a checksum, a number; or a cryptographic hash, as it is or written anew. */
export type Digest =
  | { readonly of: 'checksum'; readonly how: Checksum; readonly write: NumberCodec }
  | { readonly of: 'hash'; readonly name: 'md5' | 'sha1' | 'sha256' | 'sha512'; readonly how?: Recoding };

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
