/** Frames whose bodies are random on both sides: nothing but the few bytes before them is alike. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { big, c, Caller, Dice, learnOne, record, s, seeds } from '../../../tests/helpers/sessions.js';
import type { Transport } from '../../capture/types.js';

const frame = (code: number, id: Uint8Array, body: Uint8Array) => concat([big(code, 2), id, big(body.length, 2), body]);

function clients(seed: number, count: number, transport: Transport = 'tcp') {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, i) => {
    const id = dice.bytes(2);
    const spoken = [c(frame(1, id, dice.bytes(8, 40))), s(frame(0x101, id, dice.bytes(8, 40)))];
    return record(i, spoken, { transport });
  });
}

/** The answer to a frame with a body never said. */
function answered(model: ReturnType<typeof learnOne>, dice: Dice, code: number, id: Uint8Array): Uint8Array {
  const caller = new Caller(model);
  const { text, waits } = caller.send(toLatin1(frame(code, id, dice.bytes(8, 40))));
  return fromLatin1(text + (waits ? caller.silence().text : ''));
}

describe('requests of random bodies', () => {
  it.each(seeds())('are of one kind (seed %i)', (seed) => {
    for (const transport of ['tcp', 'udp'] as const) {
      const model = learnOne(clients(seed, 30, transport));
      expect(model.classes).toHaveLength(1);
      const dice = new Dice(500 + seed);
      for (let i = 0; i < 4; i++) {
        const id = dice.bytes(2);
        const answer = answered(model, dice, 1, id);
        expect([...answer.subarray(0, 6)]).toEqual([1, 1, ...id, ...big(answer.length - 6, 2)]);
      }
    }
  });

  it.each(seeds())('are told apart by what stands before them (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const model = learnOne(
      Array.from({ length: 40 }, (_, i) => {
        const [id, code] = [dice.bytes(2), 1 + (i % 2)];
        return record(i, [c(frame(code, id, dice.bytes(8, 40))), s(frame(code + 0x100, id, dice.bytes(8, 40)))]);
      }),
    );
    for (let i = 0; i < 4; i++) {
      const [id, code] = [dice.bytes(2), 1 + (i % 2)];
      expect([...answered(model, dice, code, id).subarray(0, 4)]).toEqual([1, code, ...id]);
    }
  });

  it('are not put together where nothing before them is alike', () => {
    const dice = new Dice(7);
    const sessions = Array.from({ length: 30 }, (_, i) =>
      record(i, [c(dice.bytes(20, 40)), s(dice.bytes(20, 40))], { transport: 'udp' }),
    );
    expect(learnOne(sessions).classes.length).toBeGreaterThan(1);
  });
});
