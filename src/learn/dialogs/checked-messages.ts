/**
 * Messages that are cut into blocks, each with a checksum behind it [new]: a head, and what follows in blocks of one
 * size. What is meant is what stands in the blocks.
 *
 * Proven by (nearly) all messages of a side, of which some have several blocks: one checksum that fits them all is
 * hardly met by chance. One at the end of messages alone is no such form: rules for answers find it.
 */
import { EMPTY } from '../../bytes/bytes.js';
import { decoded } from '../../model/coding.js';
import { CHECKSUMS, checksumOf, checksumWidth } from '../../model/checksum.js';
import { readNumberAt } from '../../model/number.js';
import type { Checksum, CodedAs, Coding } from '../../model/types.js';
import type { Side } from './regularity.js';

/** Bytes of a head, and of a block. */
const HEADS: readonly [least: number, most: number] = [2, 64];
const BLOCKS: readonly [least: number, most: number] = [4, 255];
/** Narrower checksums are met by chance. */
const LEAST_WIDTH = 2;
const NEARLY_ALL = 0.97;
/** So many messages have more than one block behind their head. */
const LEAST_LONG = 3;
/** Messages that soon say that a head has another length. */
const FIRST_LOOK = 3;

type Checked = CodedAs & { readonly kind: 'checked' };

const codingOf = (how: Checked): Coding => ({ skip: 0, start: EMPTY, end: EMPTY, how });

/** The blocks of the messages of a side; `other`: how the other side is written. */
export function checkedIn({ messages }: Side, least: number, other?: CodedAs): Coding | null {
  const fits = (how: Checked) => {
    const coding = codingOf(how);
    const meant = messages.filter((message) => decoded(coding, undefined, message) !== null);
    return meant.length >= Math.max(least, messages.length * NEARLY_ALL);
  };
  if (other?.kind === 'checked' && fits(other)) return codingOf(other);
  for (const [how, order, head] of headsOf(messages)) {
    const found = blockBehind(messages, { kind: 'checked', head, block: BLOCKS[1], how, order }, fits);
    if (found) return codingOf(found);
  }
  return null;
}

/** The checksums that stand behind so many bytes in nearly all messages. */
function* headsOf(messages: readonly Uint8Array[]): Generator<[Checksum, 'big' | 'little', number]> {
  const holds = (how: Checksum, order: 'big' | 'little', head: number) => (message: Uint8Array) => {
    const read = readNumberAt({ kind: 'binary', width: checksumWidth(how), order }, message, head);
    return read !== null && read.value === checksumOf(how, message.subarray(0, head));
  };
  for (const how of CHECKSUMS.filter((how) => checksumWidth(how) >= LEAST_WIDTH))
    for (const order of ['big', 'little'] as const)
      for (let head = HEADS[0]; head <= HEADS[1]; head++) {
        const isSo = holds(how, order, head);
        const soon = messages.slice(0, FIRST_LOOK).filter(isSo).length;
        if (soon * 2 > FIRST_LOOK && messages.filter(isSo).length >= messages.length * NEARLY_ALL)
          yield [how, order, head];
      }
}

/** The smallest size of the blocks behind a head that fits, where several messages have more than one. */
function blockBehind(messages: readonly Uint8Array[], how: Checked, fits: (how: Checked) => boolean): Checked | null {
  const behind = messages.map((message) => message.length - how.head - checksumWidth(how.how));
  for (let block = BLOCKS[0]; block <= BLOCKS[1]; block++) {
    const long = behind.filter((rest) => rest > block + checksumWidth(how.how)).length;
    if (long < LEAST_LONG) return null;
    const sized = { ...how, block };
    if (fits(sized)) return sized;
  }
  return null;
}
