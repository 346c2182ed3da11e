/** What a request holds in base64 decides about its answer, and is said again in it. */
import { describe, expect, it } from 'vitest';
import { c, differences, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';

const inBase64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

describe('a login in base64', () => {
  it.each(seeds())('is taken with the right word and refused with a wrong one (seed %i)', (seed) => {
    const protocol: Protocol = (dice) => {
      const name = dice.text(4, 9);
      const isRight = dice.between(0, 3) > 0;
      const key = inBase64(`\0${name}\0${isRight ? 'opensesame' : dice.text(4, 10)}`);
      return isRight
        ? [c(`LOGIN "PLAIN" "${key}"\r\n`), s(`OK welcome\r\n`), c('BYE\r\n'), s('bye\r\n')]
        : [c(`LOGIN "PLAIN" "${key}"\r\n`), s('NO that is not it\r\n')];
    };
    expect(differences(learnOne(speak(protocol, 50, seed)), speak(protocol, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is known by the name in it in later answers (seed %i)', (seed) => {
    const protocol: Protocol = (dice) => {
      const name = dice.text(4, 9);
      const room = dice.text(4, 9);
      return [
        c(`LOGIN ${inBase64(`\0${name}\0${dice.text(4, 10)}`)}\r\n`),
        s('OK welcome\r\n'),
        c(`ENTER ${room}\r\n`),
        s(`OK ${name}@corp in ${room}\r\n`),
      ];
    };
    expect(differences(learnOne(speak(protocol, 30, seed)), speak(protocol, 20, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is greeted by the name in it (seed %i)', (seed) => {
    const protocol: Protocol = (dice) => {
      const name = dice.text(4, 9);
      return [c(`LOGIN ${inBase64(`\0${name}\0${dice.text(4, 10)}`)}\r\n`), s(`OK welcome, ${name}\r\n`)];
    };
    expect(differences(learnOne(speak(protocol, 30, seed)), speak(protocol, 20, seed + 100))).toEqual([]);
  });
});
