/** The length that a server's frames carry is told for lengths that no recorded answer had, on protocols made up. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { big, c, Caller, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';

describe('the length of a frame', () => {
  const frame = (text: string) => concat([big(text.length, 4), fromLatin1(text)]);

  it.each(seeds())('is no digit where all of its bytes happened to be some (seed %i)', (seed) => {
    const asking: Protocol = (dice) => {
      const name = dice.text(3, 8);
      return [c(frame(`A${name}`)), s(frame(`who is ${name}? nobody of that name is in this house`))];
    };
    const service = learnOne(speak(asking, 40, seed));
    const name = 'a name longer than any before';
    const told = frame(`who is ${name}? nobody of that name is in this house`);
    expect(new Caller(service).say(frame(`A${name}`))).toBe(toLatin1(told));
  });

  it.each(seeds())('is as wide as all frames have it, whatever stands beside it (seed %i)', (seed) => {
    const headed = (kind: number, number: number, text: string) =>
      concat([Uint8Array.of(4, kind), big(8 + text.length, 2), big(number, 4), fromLatin1(text)]);
    const asking: Protocol = (dice) => {
      const [number, name] = [dice.between(1, 200), dice.text(3, 12)];
      return [c(headed(1, number, name)), s(headed(2, number, `there is no ${name} here`))];
    };
    const service = learnOne(speak(asking, 40, seed));
    const name = 'x'.repeat(300);
    const told = headed(2, 9, `there is no ${name} here`);
    expect(new Caller(service).say(headed(1, 9, name))).toBe(toLatin1(told));
  });
});
