/** A time that all answers of a service tell is told in those as well that were heard once. */
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { findTimes, readCount, writeTime, type ClockFormat } from '../../model/clock.js';
import { Caller, c, learnOne, record, s, seeds, speak, type Dice } from '../../../tests/helpers/sessions.js';

const SECOND = 1000;

/** What is answered at a time: behind bytes that depend on what is asked for. */
function answer(format: ClockFormat, operation: string, dice: Dice, now: number) {
  const size = dice.between(1, 9);
  return s(
    `${operation.toUpperCase()}:${'x'.repeat(size)}\0`,
    writeTime(format, now),
    `\0\x01${dice.text(3, 8)} ${operation}`,
  );
}

describe.each(['filetime le64', 'epoch ms be64', 'yyyy-MM-ddTHH:mm:ss.SSS'] as const)('a clock as %s', (format) => {
  it.each(seeds())('goes on in an answer that was heard once (%i)', (seed) => {
    const often = speak(
      (dice, { start }) => {
        const operation = dice.pick(['get', 'put', 'list']);
        return [c(`${operation} ${dice.text(3, 8)}\0`), answer(format, operation, dice, (start + 0.02) * SECOND)];
      },
      40,
      seed,
    );
    const last = Math.max(...often.map(({ end }) => end)) + 60;
    const once = record(
      999,
      [c('verify all of it\0'), s('V\0', writeTime(format, (last + 0.02) * SECOND), '\0verified')],
      {
        start: last,
      },
    );
    const caller = new Caller(learnOne([...often, once]));
    const said = caller.say('verify all of it\0');
    const seen =
      format === 'yyyy-MM-ddTHH:mm:ss.SSS'
        ? findTimes(format, said, caller.now)[0]
        : readCount(format, fromLatin1(said), 2);
    expect(Math.abs((seen?.time ?? 0) - caller.now)).toBeLessThan(SECOND);
    expect(said.endsWith('\0verified')).toBe(true);
    expect(toLatin1(fromLatin1(said).subarray(0, 2))).toBe('V\0');
  });
});
