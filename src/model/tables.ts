/**
 * Rules that know something of the server's own tables, as data: records by their key, cells by their index.
 */
import type { Choice, NumberCodec, Span, Test } from './terms.js';

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
  /** What the request says there is the number of the last cell; absent: how many there are. */
  readonly last?: true;
  /** The bytes that choose the table; null: there is one table. */
  readonly part: Span | null;
  /** The first one stands in for parts that were never seen. */
  readonly tables: readonly CellTable[];
  readonly writers: readonly CellWriter[];
}

/**
 * A part of a content that other answers of the service gave whole [new]: which content, and from where to where, the
 * request says.
 */
export interface Part {
  readonly kind: 'part';
  /** What names the content, in the request or in what was said before; null: there is one. */
  readonly key: Span | null;
  /** An empty key: where nothing names one. */
  readonly contents: readonly Entry[];
  /** The offset at which it starts. */
  readonly from: NumberAt;
  /** A number plus a constant: the offset at which it ends, or how many bytes it has; null: it goes to the end. */
  readonly until: { readonly number: NumberAt; readonly by: 'offset' | 'count'; readonly add: number } | null;
  /** Behind the end of a content there is nothing, and that is what is given. */
  readonly ends?: true;
}

/** Some bytes again and again [new]: so many bytes as the numbers of the request make, multiplied with each other. */
export interface Fill {
  readonly kind: 'fill';
  readonly unit: Uint8Array;
  /** What is counted, or rows and columns. */
  readonly counts: readonly NumberAt[];
  /** Bytes for each one of them. */
  readonly scale: number;
  /** So many of the bytes stand in what is before it already; absent: none. */
  readonly less?: number;
}

/** As many bytes as fill what stands before them up to a multiple, and `add` bytes more than that [new]. */
export interface Padding {
  readonly kind: 'padding';
  readonly multiple: number;
  readonly add: number;
  readonly byte: number;
}

/**
 * A value that all clients of a service share [new]: what one of them sets, or is told, is what the others are told
 * then. It holds what was said last by whomever.
 */
export interface Register {
  readonly writers: readonly RegisterWriter[];
  /** What it held last in training. */
  readonly first: Uint8Array;
}

/** Exchanges that say what a register holds from then on. */
export interface RegisterWriter {
  /** Class of the requests; -1: the opening of a session. */
  readonly class: number;
  /** What tells them from other requests of the class. */
  readonly when: Test | null;
  /** Looked up at the exchange, also in the answer that it got. */
  readonly value: Span;
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
