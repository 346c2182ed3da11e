/** Lines that are typed character by character, and said back at once. */
import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import { worked } from '../../../tests/helpers/patience.js';
import { Caller, c, Dice, learnOne, record, s, seeds, speak, type Spoken } from '../../../tests/helpers/sessions.js';
import { toDialogs } from './exchanges.js';
import { withLines } from './typed.js';

const HELLO = '\xff\xfb\x01\xff\xfb\x03\r\nHall router\r\nUsername: ';
const TERMS = '\xff\xfd\x03\xff\xfb\x18\xff\xfd\x01';
const END = '\r\0';

/** A line, in single characters or whole, and what follows on it. */
function line(dice: Dice, isTyped: boolean, text: string, answer: string, before = ''): Spoken[] {
  if (!isTyped) return [c(before, text, END), s(text, answer)];
  const said: Spoken[] = [];
  for (let at = 0; at < text.length;) {
    const piece = text.slice(at, (at += dice.between(0, 9) === 0 ? 2 : 1));
    said.push(c(said.length === 0 ? before : '', piece), s(piece));
  }
  return [...said, c(END), s(answer)];
}

/** A login, and commands; a password is not said back. */
const shell =
  (share: number) =>
  (dice: Dice): readonly Spoken[] => {
    const isTyped = dice.random() < share;
    const user = dice.pick(['admin', 'guest', 'operator']);
    const text = () => `${dice.text(3, 8)} ${dice.text(3, 8)}`;
    const commands = Array.from({ length: dice.between(1, 3) }, () => {
      const said = text();
      const kind = dice.between(0, 2);
      if (kind === 0) return line(dice, isTyped, `echo ${said}`, `\r\n${said}\r\n# `);
      if (kind === 1) return line(dice, isTyped, 'show clock', '\r\n12:00:00 UTC\r\n# ');
      return line(dice, isTyped, said, `\r\n% Unknown command: ${said}\r\n# `);
    });
    return [
      s(HELLO),
      ...line(dice, isTyped, user, '\r\nPassword: ', TERMS),
      c(`secret${END}`),
      s('\r\nWelcome.\r\n# '),
      ...commands.flat(),
    ];
  };

/** Types a line; what was said back of it, and what follows on its end. */
function type(caller: Caller, text: string): [string, string] {
  const back = Array.from(text, (character) => caller.send(character).text).join('');
  return [back, caller.say(END)];
}

describe('lines that are typed', () => {
  it.each(seeds())('are said back while they are typed, and answered when they end (seed %i)', (seed) => {
    const caller = new Caller(learnOne(speak(shell(0.6), 40, seed)));
    expect(caller.greeting).toBe(HELLO);
    expect(caller.send(TERMS).text).toBe('');
    expect(type(caller, 'admin')).toEqual(['admin', '\r\nPassword: ']);
    expect(type(caller, 'secret')).toEqual(['', '\r\nWelcome.\r\n# ']);
    expect(type(caller, 'echo granite heron')).toEqual(['echo granite heron', '\r\ngranite heron\r\n# ']);
    expect(type(caller, 'opal topaz')).toEqual(['opal topaz', '\r\n% Unknown command: opal topaz\r\n# ']);
  });

  it.each(seeds())('are answered as a whole where they are sent so (seed %i)', (seed) => {
    const caller = new Caller(learnOne(speak(shell(0.6), 40, seed)));
    expect(caller.say(`${TERMS}guest${END}`)).toBe('guest\r\nPassword: ');
    expect(caller.say(`secret${END}`)).toBe('\r\nWelcome.\r\n# ');
    expect(caller.say(`echo quartz pearl${END}show clock${END}`)).toBe(
      'echo quartz pearl\r\nquartz pearl\r\n# show clock\r\n12:00:00 UTC\r\n# ',
    );
  });

  it('wait for their end, and are not answered in silence before it', () => {
    const caller = new Caller(learnOne(speak(shell(0.6), 40, 1)));
    caller.say(TERMS);
    expect(caller.send('adm').text).toBe('adm');
    expect(caller.say('in')).toBe('in');
    expect(caller.say(END)).toBe('\r\nPassword: ');
  });

  it('are not looked for where nobody types, or where everything is said back', () => {
    expect(learnOne(speak(shell(0), 40, 1)).framing.typed).toBeUndefined();
    const echo = (dice: Dice) => Array.from({ length: 6 }, () => dice.text(1, 9)).flatMap((text) => [c(text), s(text)]);
    expect(learnOne(speak(echo, 40, 1)).framing.typed).toBeUndefined();
  });

  it('are soon given up where thousands of characters end in something else', () => {
    const spoken = [...Array.from({ length: 10_000 }, () => [c('a'), s('a')]).flat(), c('b'), s('other')];
    const dialogs = toDialogs([record(1, spoken)]);
    const work = worked(() => dialogs.forEach((dialog) => withLines(dialog, fromLatin1(END))));
    expect(work).toBeLessThan(10_000);
  });
});
