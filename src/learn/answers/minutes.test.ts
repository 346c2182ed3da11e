/** A clock that is told to the minute: who asks again soon is told the same, and who asks later is not. */
import { describe, expect, it } from 'vitest';
import { toLatin1 } from '../../bytes/bytes.js';
import { writeTime, type ClockFormat } from '../../model/clock.js';
import {
  Caller,
  c,
  kindsOf,
  learnOne,
  s,
  seeds,
  speak,
  type Dice,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

const formats: readonly ClockFormat[] = [
  'U dd, yyyy hh:mm a',
  'N d, yyyy h:mm a',
  'M/d/yyyy h:mm a',
  'yyyy-MM-dd HH:mm',
  'dd.MM.yyyy HH:mm',
  'yyMMddHHmm',
];

/** Reports with the time in their head: several in each session, so that one tells the time that the last one told. */
function reporting(say: (now: number, dice: Dice) => string): Protocol {
  return (dice, { start }) =>
    Array.from({ length: dice.between(2, 3) }, (_, i) => {
      const name = dice.text(4, 9);
      return [
        c(`REPORT ${name}\r\n`),
        s('REPORT\r\n', say((start + 0.02 * (2 * i + 1)) * 1000, dice), `\r\nof ${name}\r\n`),
      ];
    }).flat();
}

const written = (format: ClockFormat, now: number) => toLatin1(writeTime(format, now));

describe.each(formats)('a clock told as %s', (format) => {
  it.each(seeds())('is told as it is at another time (%i)', (seed) => {
    const service = learnOne(
      speak(
        reporting((now) => written(format, now)),
        20,
        seed,
      ),
    );
    expect(kindsOf(service)).toContain('clock');
    const caller = new Caller(service);
    const answer = caller.say('REPORT violet\r\n');
    expect(answer).toBe(`REPORT\r\n${written(format, caller.now)}\r\nof violet\r\n`);
    caller.now += 7 * 60_000;
    expect(caller.say('REPORT amber\r\n')).toBe(`REPORT\r\n${written(format, caller.now)}\r\nof amber\r\n`);
  });

  it.each(seeds())('is none where it is any time (%i)', (seed) => {
    const service = learnOne(
      speak(
        reporting((now, dice) => written(format, now + dice.between(5, 400) * 60_000)),
        20,
        seed,
      ),
    );
    expect(kindsOf(service)).not.toContain('clock');
  });
});
