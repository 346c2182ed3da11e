/** Binary requests that have an operation code in common and hardly anything else are classes by that code. */
import { describe, expect, it } from 'vitest';
import { big, c, differences, learnOne, s, seeds, speak, type Dice } from '../../tests/helpers/sessions.js';

/** What each operation answers: code, id and name are the client's. */
const operations: readonly ((id: Uint8Array, name: string) => readonly (string | Uint8Array)[])[] = [
  (id, name) => ['\x81', id, '\x00welcome, ', name],
  (id) => ['\x82', id, '\x00\x07nothing'],
  (id, name) => ['\x83', id, '\x01', name, ' is unheard of'],
  (id) => ['\x84', id, '\x02\x00\x00'],
];

describe('short requests with a code, an id and a name', () => {
  it.each(seeds())('are answered by their code, whatever the length of the name (%i)', (seed) => {
    const protocol = (dice: Dice) => {
      const code = dice.between(0, operations.length - 1);
      const [id, name] = [dice.bytes(2), dice.text(2, 20)];
      return [c(big(code + 1, 1), id, name), s(...(operations[code]?.(id, name) ?? []))];
    };
    const service = learnOne(speak(protocol, 60, seed));
    const wrong = differences(service, speak(protocol, 40, seed + 500));
    expect(wrong.length).toBeLessThanOrEqual(4);
  });
});
