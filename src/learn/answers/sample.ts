/** What answers are learned from: one recorded answer with all that was said before it. */
import type { NamedPort } from '../../capture/types.js';
import type { Context } from '../../model/meaning.js';
import type { Ending } from '../dialogs/exchanges.js';
import type { BinaryNumber, Checksum, Covered, LengthField, NumberCodec, Recall } from '../../model/types.js';
import type { Table } from './lookups/table.js';

export interface Sample {
  readonly context: Context;
  /** The answer's messages (TCP: at most one, UDP: datagrams). */
  readonly messages: readonly Uint8Array[];
  readonly freshPort: readonly boolean[];
  readonly delays: readonly number[];
  /** For each message, whether it was said after the data; absent: none was. */
  readonly afterData?: readonly boolean[];
  /** Where the first message names ports; absent: nowhere. */
  readonly ports?: readonly NamedPort[];
  readonly close: Ending;
}

/** A checksum that all messages of a service end with, but for a few. */
export interface Seal {
  readonly how: Checksum;
  readonly covered: Covered;
  readonly write: BinaryNumber | (NumberCodec & { kind: 'hex' });
  /** What all of them have behind it, such as a line end. */
  readonly tail: Uint8Array;
}

/** The longest answers of a service, the longest first, and where every few bytes of them stand. */
export interface Contents {
  readonly all: readonly Uint8Array[];
  readonly grams: ReadonlyMap<string, readonly Spot[]>;
}

/** A place in one of the contents. */
export interface Spot {
  readonly content: number;
  readonly at: number;
}

/** Families of rules that may be used; the ablation of docs/judge-links.md switches them. */
export type Families = 'none' | 'copy' | 'all';

/** Where positions may go by the regions of a message's class: only where its class is known for sure. */
export interface RegionUse {
  /** In the present request: all samples are of one class. */
  readonly own: boolean;
  /** Groups that consist of one class. */
  readonly groups: ReadonlySet<number>;
  /** Earlier exchanges about the same thing. */
  readonly recalls?: readonly Recall[];
  /** What all answers of the service say of keys. */
  readonly tables?: readonly Table[];
  /** What answers of the service give whole. */
  readonly contents?: Contents;
  /** What all answers of the service end with. */
  readonly seal?: Seal | null;
  /** The length that answers carry; absent: they carry none. */
  readonly field?: LengthField;
  /** Several clients were recorded: what the server says to one of them again and again is known from one witness. */
  readonly bySource?: boolean;
  /** A first look, which only tells kinds of answers apart. */
  readonly rough?: boolean;
}

/** One message of one sample. */
export interface Line {
  readonly context: Context;
  readonly use: RegionUse;
  readonly bytes: Uint8Array;
  readonly ports?: readonly NamedPort[];
}
