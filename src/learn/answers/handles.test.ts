/** What the server hands out, and what is meant when the client gives it back. */
import { describe, expect, it } from 'vitest';
import type { Session } from '../../capture/types.js';
import { Caller, Dice, bytesOf, c, learnOne, record, s, seeds, type Spoken } from '../../../tests/helpers/sessions.js';
import { toLatin1 } from '../../bytes/bytes.js';
import { compile } from '../../emulate/index.js';
import { writeTime } from '../../model/clock.js';
import type { ServiceModel } from '../../model/types.js';

const HEX = '0123456789abcdef';

/** What is opened gets a ticket; a request with a ticket is about what it was given for. */
function talk(dice: Dice): Spoken[] {
  const said: Spoken[] = [];
  const open: { ticket: string; kind: string; name: string }[] = [];
  for (let i = dice.between(3, 8); i > 0; i--) {
    if (open.length === 0 || dice.between(1, 3) === 1) {
      const [kind, name, ticket] = [dice.pick(['shelf', 'drawer']), dice.text(5, 9), dice.text(12, 12, HEX)];
      open.push({ ticket, kind, name });
      said.push(c(`open ${kind} ${name}\r\n`), s(`ticket ${ticket}\r\n`));
      continue;
    }
    const { ticket, kind, name } = dice.pick(open);
    said.push(c(`ask ${ticket}\r\n`), s(kind === 'shelf' ? `shelf ${name} has room\r\n` : 'locked, sorry\r\n'));
  }
  return said;
}

const sessions = (seed: number, count: number, its = talk): Session[] => {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, i) => record(seed * 1000 + i, its(dice)));
};

const isHanded = (service: ServiceModel): boolean =>
  JSON.stringify(service, (_, value: unknown) => (value instanceof Uint8Array ? toLatin1(value) : value)).includes(
    '"there":{"of":{"kind":"answer","back":0}',
  );

describe('what the server handed out', () => {
  it.each(seeds())('says what is meant, in whatever order it comes back (seed %i)', (seed) => {
    const caller = new Caller(compile(learnOne(sessions(seed, 30))));
    const open = (what: string): string => /ticket ([0-9a-f]{12})/.exec(caller.say(`open ${what}\r\n`))?.[1] ?? '';
    const tickets = [open('shelf upstairs'), open('drawer basement'), open('shelf hallway')];
    const said = [0, 1, 2, 1, 0].map((i) => caller.say(`ask ${tickets[i] ?? ''}\r\n`));
    const [up, locked, hall] = ['shelf upstairs has room\r\n', 'locked, sorry\r\n', 'shelf hallway has room\r\n'];
    expect(said).toEqual([up, locked, hall, locked, up]);
  });

  it.each(seeds())('is refused where one of two values is not what was given (seed %i)', (seed) => {
    const changing = (dice: Dice): Spoken[] => {
      const [id, tag, text] = [dice.text(12, 12, HEX), dice.text(16, 16, HEX), dice.text(3, 20)];
      const isRight = dice.between(0, 1) === 1;
      const said = isRight ? tag : dice.text(16, 16, HEX);
      return [
        c(`post ${dice.text(3, 20)}\r\n`),
        s(`note ${id} tag "${tag}"\r\n`),
        c(`put ${id} if "${said}": ${text}\r\n`),
        s(isRight ? `changed to ${text}\r\n` : 'it was changed by another\r\n'),
      ];
    };
    const caller = new Caller(compile(learnOne(sessions(seed, 16, changing))));
    const [, id = '', tag = ''] = /note (\w+) tag "(\w+)"/.exec(caller.say('post some words\r\n')) ?? [];
    expect(caller.say(`put ${id} if "0123456789abcdef": other\r\n`)).toBe('it was changed by another\r\n');
    expect(caller.say(`put ${id} if "${tag}": other\r\n`)).toBe('changed to other\r\n');
  });

  it.each(seeds())('is nothing that the client said first (seed %i)', (seed) => {
    const greeted = (dice: Dice): Spoken[] => {
      const [name, other] = [dice.text(8, 8), dice.text(8, 8)];
      return [c(`i am ${name}\r\n`), s(`hello ${name}\r\n`), c(`ask ${name}\r\n`), s(`${other} said no\r\n`)];
    };
    expect(isHanded(learnOne(sessions(seed, 30, greeted)))).toBe(false);
  });

  it.each(seeds())('is not found where nothing comes back (seed %i)', (seed) => {
    const strangers = (dice: Dice): Spoken[] =>
      talk(dice).map((spoken) =>
        spoken.from === 'client' && toLatin1(spoken.bytes).startsWith('ask')
          ? { ...spoken, bytes: bytesOf(`ask ${dice.text(12, 12, HEX)}\r\n`) }
          : spoken,
      );
    expect(isHanded(learnOne(sessions(seed, 30, strangers)))).toBe(false);
  });
});

/** The very moment at which a thing was made is told with it, soon after. */
function made(dice: Dice, id: number): Session {
  const start = 1_700_000_000 + 97.25 * id;
  const stamp = writeTime('filetime le64', 1000 * (start + 0.04) + dice.between(0, 9999) / 10_000);
  const name = dice.text(5, 9);
  const make = [c(`make ${name}\r\n`), s('done, it is ', stamp, ' now\r\n')];
  const look = [c(`look at ${name}\r\n`), s('it was made at ', stamp, ' here\r\n')];
  return record(id, [...make, c('wait\r\n'), s('waiting\r\n'), ...look], { start });
}

it.each(seeds())('a moment that was told once is told again, not the present one (seed %i)', (seed) => {
  const dice = new Dice(seed);
  const caller = new Caller(compile(learnOne(Array.from({ length: 20 }, (_, i) => made(dice, i + 1)))));
  const told = caller.say('make kettle\r\n').slice(12, 20);
  caller.say('wait\r\n');
  caller.now += 700;
  expect(caller.say('look at kettle\r\n').slice(15, 23)).toBe(told);
});
