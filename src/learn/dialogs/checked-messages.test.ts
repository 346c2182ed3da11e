/** Messages that are cut into blocks with a checksum behind each: learned by what is in the blocks, answered with them. */
import { describe, expect, it } from 'vitest';
import { concat, equal } from '../../bytes/bytes.js';
import { checksumOf, CHECKSUMS } from '../../model/checksum.js';
import type { Checksum } from '../../model/types.js';
import {
  big,
  bytesOf,
  c,
  Caller,
  Dice,
  learnOne,
  little,
  s,
  seeds,
  speak,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

const DNP: Checksum = { kind: 'crc', bits: 16, polynomial: 0x3d65, start: 0, reflected: true, xor: 0xffff };

interface Form {
  readonly head: number;
  readonly block: number;
  readonly how: Checksum;
  readonly write: (value: number, width: number) => Uint8Array;
}

const sealed = ({ how, write }: Form, bytes: Uint8Array) => concat([bytes, write(checksumOf(how, bytes), 2)]);

/** A head with the length of what follows, and blocks of it. */
function written(form: Form, what: number, body: Uint8Array): Uint8Array {
  const head = concat([Uint8Array.of(5, 0x64, body.length, what), new Uint8Array(form.head - 4)]);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += form.block) blocks.push(sealed(form, body.subarray(at, at + form.block)));
  return concat([sealed(form, head), ...blocks]);
}

const reading = (from: number, count: number) =>
  concat(Array.from({ length: count }, (_, i) => little(100 + 7 * (from + i), 4)));

/** Asks for some of many cells, or for the name of a unit; every request has a number of its own. */
function protocol(form: Form) {
  return (dice: Dice): Spoken[] => {
    const number = dice.bytes(2);
    if (dice.between(0, 2) === 0) {
      const unit = dice.text(3, 9);
      return [
        c(written(form, 9, concat([number, bytesOf(unit)]))),
        s(written(form, 0x49, concat([number, bytesOf(`unit ${unit} is there and well`)]))),
      ];
    }
    const [from, count] = [dice.between(0, 40), dice.between(1, 12)];
    return [
      c(written(form, 1, concat([number, Uint8Array.of(from, count)]))),
      s(written(form, 0x41, concat([number, reading(from, count)]))),
    ];
  };
}

const forms: Record<string, Form> = {
  'a head of 8 bytes, blocks of 16': { head: 8, block: 16, how: DNP, write: little },
  'a head of 5 bytes, blocks of 10, high byte first': {
    head: 5,
    block: 10,
    how: CHECKSUMS.find((how) => how.kind === 'crc' && how.polynomial === 0x1021) ?? DNP,
    write: big,
  },
};

describe.each(Object.entries(forms))('blocks with a checksum behind each: %s', (_, form) => {
  it.each(seeds())('are read and written as what is in them (seed %i)', (seed) => {
    const service = learnOne(speak(protocol(form), 50, seed));
    expect(service.framing.coding?.requests?.how.kind).toBe('checked');
    expect(service.framing.coding?.answers?.how.kind).toBe('checked');
    const dice = new Dice(seed + 900);
    for (let i = 0; i < 12; i++) {
      const [asked, told] = protocol(form)(dice);
      const heard = bytesOf(new Caller(service).say(asked?.bytes ?? ''));
      expect(equal(heard, told?.bytes ?? heard)).toBe(true);
    }
  });
});

describe('messages with a checksum at their end only, or with none', () => {
  it.each(seeds())('are no blocks (seed %i)', (seed) => {
    const ended = (dice: Dice): Spoken[] => {
      const bytes = dice.bytes(dice.between(6, 30));
      return [c(sealed(forms['a head of 8 bytes, blocks of 16'] as Form, bytes)), s('ok ', bytes.subarray(0, 4))];
    };
    expect(learnOne(speak(ended, 40, seed)).framing.coding).toBeUndefined();
  });
});
