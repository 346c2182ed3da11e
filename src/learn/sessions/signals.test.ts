import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { Buses, compile, type Command, type Dialogue } from '../../emulate/index.js';
import { play } from '../../evaluate/play.js';
import type { Session } from '../../capture/types.js';
import type { ServiceModel } from '../../model/types.js';
import { bytesOf, Dice, NOW, record, SERVER } from '../../../tests/helpers/sessions.js';
import { learn, relate } from '../index.js';

/** Seconds at which each thing is said, after the start of the session. */
type Timed = readonly [time: number, from: 'client' | 'server', text: string];

/** A session whose messages come in pieces at given times. */
function timed(id: number, start: number, client: { address: string; port: number }, said: readonly Timed[]): Session {
  const session = record(id, [], { start, client });
  const messages: Session['messages'][number][] = [];
  for (const [after, from, text] of said) {
    const time = start + after;
    const bytes = fromLatin1(text);
    const last = messages.at(-1);
    if (last?.from !== from)
      messages.push({ from, bytes, time, lastTime: time, pieces: [bytes.length], times: [time] });
    else
      messages[messages.length - 1] = {
        ...last,
        bytes: fromLatin1(toLatin1(last.bytes) + text),
        lastTime: time,
        pieces: [...last.pieces, bytes.length],
        times: [...(last.times ?? []), time],
      };
  }
  return { ...session, end: start + Math.max(...said.map(([time]) => time)) + 0.1, messages };
}

/** One source listens on a channel in one connection and speaks there in another one, or asks how it is. */
function channels(count: number, seed: number, isAnswered = true): Session[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, i): Session[] => {
    const address = `10.1.${seed}.${i + 1}`;
    const [channel, text] = [dice.text(3, 9), dice.text(4, 12)];
    const start = 1_700_000_000 + 60 * i;
    const news = `NEWS ${channel} ${text}\r\n`;
    const answer: Timed[] = isAnswered ? [[0.15, 'server', `+ listening to ${channel}\r\n`]] : [];
    return [
      timed(2 * i, start, { address, port: 40_000 + i }, [
        [0.1, 'client', `LISTEN ${channel}\r\n`],
        ...answer,
        [0.6031, 'server', news],
        [0.9, 'client', 'QUIT\r\n'],
        [0.95, 'server', '+ bye\r\n'],
      ]),
      timed(2 * i + 1, start + 0.4, { address, port: 50_000 + i }, [
        [0.1, 'client', 'HOW\r\n'],
        [0.11, 'server', '+ fine\r\n'],
        [0.2, 'client', `SAY ${channel} ${text}\r\n`],
        [0.21, 'server', '+ said\r\n'],
        [0.211, 'client', 'QUIT\r\n'],
        [0.22, 'server', '+ bye\r\n'],
      ]),
    ];
  }).flat();
}

/** Sessions of sources with one bus, in memory. */
function house(service: ServiceModel) {
  const compiled = compile(service);
  const buses = new Buses([service]);
  return (address: string) => {
    let heard = '';
    const dialogue: Dialogue = compiled.dialogue({ client: { address, port: 1 }, server: SERVER }, () => 0.5);
    const carryOut = (commands: readonly Command[]): void => {
      for (const command of commands) {
        if (command.kind === 'send') heard += toLatin1(command.bytes);
        else if (command.kind === 'signal') buses.signal(address, hear, command.said);
      }
    };
    const hear = (signal: Uint8Array): void => carryOut(dialogue.hear(signal, NOW));
    buses.join(address, hear);
    carryOut(dialogue.open(NOW));
    return {
      say: (text: string) => carryOut(dialogue.receive(bytesOf(text), NOW)),
      take: () => {
        const all = heard;
        heard = '';
        return all;
      },
    };
  };
}

describe.each([
  ['after an answer', true],
  ['though the request had no answer', false],
])('what one session causes in another one, %s', (_, isAnswered) => {
  const model = learn(channels(16, 1, isAnswered));
  const [service] = model.services;
  if (!service) throw new Error('nothing was learned');

  it('is said there and then, with what was said, to the same source alone', () => {
    const open = house(service);
    const [listener, stranger, speaker] = [open('192.0.2.1'), open('192.0.2.2'), open('192.0.2.1')];
    listener.say('LISTEN garden\r\n');
    stranger.say('LISTEN garden\r\n');
    expect(listener.take()).toBe(isAnswered ? '+ listening to garden\r\n' : '');
    stranger.take();
    speaker.say('HOW\r\n');
    expect(speaker.take()).toBe('+ fine\r\n');
    expect(listener.take()).toBe('');
    speaker.say('SAY garden plums\r\n');
    expect(speaker.take()).toBe('+ said\r\n');
    expect(listener.take()).toBe('NEWS garden plums\r\n');
    expect(stranger.take()).toBe('');
    listener.say('QUIT\r\n');
    expect(listener.take()).toBe('+ bye\r\n');
  });

  it('is said again and again, whatever the listener says meanwhile', () => {
    const open = house(service);
    const [listener, speaker] = [open('192.0.2.1'), open('192.0.2.1')];
    listener.say('LISTEN garden\r\n');
    for (const text of ['plums', 'pears', 'cherries']) {
      listener.say('HOW\r\n');
      listener.take();
      speaker.say(`SAY garden ${text}\r\n`);
      expect(listener.take()).toBe(`NEWS garden ${text}\r\n`);
    }
  });

  it('is not said where nobody listens', () => {
    const open = house(service);
    const [idle, speaker] = [open('192.0.2.1'), open('192.0.2.1')];
    speaker.say('SAY garden plums\r\n');
    expect(idle.take()).toBe('');
  });

  it('is what the evaluation finds', () => {
    const compiled = compile(service);
    for (const session of relate(channels(6, 2, isAnswered)))
      for (const { expected, given } of play(compiled, session, () => 0.5))
        expect(toLatin1(given)).toBe(toLatin1(expected));
  });

  it('does not come of what a client says that looks like a signal', () => {
    const listener = house(service)('192.0.2.1');
    listener.say('LISTEN garden\r\n');
    listener.take();
    listener.say('\0tcp/7000\0SAY garden plums\r\n');
    expect(listener.take()).not.toContain('NEWS');
  });
});

describe('answers that are only slow', () => {
  it('are not taken for caused by another session', () => {
    const dice = new Dice(3);
    const sessions = Array.from({ length: 12 }, (_, i): Session[] => {
      const client = { address: `10.1.9.${i + 1}`, port: 40_000 };
      const start = 1_700_000_000 + 60 * i;
      return [0, 1].map((n) => {
        const name = dice.text(5, 9);
        return timed(2 * i + n, start + 0.05 * n, { ...client, port: 40_000 + n }, [
          [0.1, 'client', `GET ${name} please\r\n`],
          [0.3, 'server', `here is ${name}:`],
          [0.5, 'server', `${dice.text(20, 40)}\r\n`],
        ]);
      });
    }).flat();
    expect(relate(sessions)).toEqual(sessions);
  });

  it('nor where each of them holds a word that other clients say just then', () => {
    const dice = new Dice(5);
    const start = 1_700_000_000;
    const sessions = Array.from({ length: 60 }, (_, i): Session => {
      // one in ten is answered so slowly that the client before has said the word
      const slow = i % 10 === 0 ? 0.04 : 0.005;
      return timed(i, start + 0.1 * i, { address: '10.1.8.1', port: 40_000 + i }, [
        [0.01, 'client', `user ${dice.text(4, 9)}\r\n`],
        [0.01 + slow, 'server', 'whose password is?\r\n'],
        [0.12, 'client', `password ${dice.text(4, 9)}\r\n`],
        [0.13, 'server', 'wrong\r\n'],
      ]);
    });
    expect(relate(sessions)).toEqual(sessions);
  });
});
