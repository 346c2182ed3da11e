/** Lengths that are followed by many other lines before the content begins that they count. */
import { expect, it } from 'vitest';
import { concat } from '../../bytes/bytes.js';
import { bytesOf, c, Caller, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';

const pages: Protocol = (dice) => {
  const content = concat([bytesOf('\x02\0page '), dice.bytes(2), bytesOf(String(dice.between(1, 400)))]);
  const more = [
    'Kind: page',
    'Keep: 10',
    'Reads: gzip, deflate, identity',
    'Frame: none',
    `Policy: ${'own '.repeat(30)}`,
  ];
  const head = `OK\r\nLength: ${content.length}\r\n${more.join('\r\n')}\r\n\r\n`;
  return [c(`GET /${dice.text(4, 9)}\r\n\r\n`), s(head, content)];
};

it.each(seeds())('a length in a long head is that of the content (seed %i)', (seed) => {
  const caller = new Caller(learnOne(speak(pages, 40, seed)));
  for (const name of ['kettle', 'tongs', 'walrus', 'anvils', 'pots', 'hammer', 'bell', 'lamp']) {
    const [head = '', content = ''] = caller.say(`GET /${name}\r\n\r\n`).split('\r\n\r\n');
    expect(content.length).toBe(Number(/Length: (\d+)/.exec(head)?.[1]));
  }
});
