import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../bytes/bytes.js';
import { c, record, s, type Spoken } from '../../tests/helpers/sessions.js';
import { toDialogs } from './dialogs/exchanges.js';
import { Vocabulary } from './vocabulary.js';

/** Clients, each with its own name, that ask in some words. */
function asked(requests: (name: string) => readonly string[]): Vocabulary {
  const names = ['heron', 'petrel', 'curlew', 'avocet'];
  const sessions = names.map((name, i) => {
    const spoken = requests(name).flatMap((request): Spoken[] => [c(request), s('ok\r\n')]);
    return record(i, spoken, { client: { address: `10.0.0.${i + 1}`, port: 4000 } });
  });
  return new Vocabulary(toDialogs(sessions));
}

const own = (vocabulary: Vocabulary, request: string): string[] => {
  const bytes = fromLatin1(request);
  return vocabulary.ownWords(bytes).map(([from, to]) => toLatin1(bytes.subarray(from, to)));
};

describe('words that one client alone said, in requests of different kinds', () => {
  it('are told where requests begin with what is asked for', () => {
    const vocabulary = asked((name) => [`open ${name}\r\n`, `close ${name}\r\n`]);
    expect(own(vocabulary, 'open petrel\r\n')).toEqual(['petrel']);
  });

  it('are told where requests begin with a length, and with a number of their own', () => {
    const counted = asked((name) => [`\0\x0copen ${name}`, `\0\x0dclose ${name}`]);
    expect(own(counted, '\0\x0copen petrel')).toEqual(['petrel']);
    const numbered = asked((name) => [`tag1 open ${name}\r\n`, `tag2 open ${name}\r\n`]);
    expect(own(numbered, 'tag3 open petrel\r\n')).toEqual(['petrel']);
  });

  it('are told with the line before them that says how long they are', () => {
    const vocabulary = asked((name) => [`open\n${name.length}\n${name}\n`, `close\n${name.length}\n${name}\n`]);
    expect(own(vocabulary, 'open\n6\npetrel\n')).toEqual(['6', 'petrel']);
    expect(own(vocabulary, 'open\n5\npetrel\n')).toEqual(['petrel']);
  });

  it('are told where they begin a request, when others have them behind what these begin with', () => {
    const vocabulary = asked((name) => [`open ${name}\r\n`, `${name} -x\r\n`]);
    expect(own(vocabulary, 'petrel -x\r\n')).toEqual(['petrel']);
    const alone = asked((name) => [`${name}\r\n`, `${name} -x\r\n`]);
    expect(own(alone, 'petrel -x\r\n')).toEqual([]);
  });

  it('are none where only one kind of request has them', () => {
    const vocabulary = asked((name) => [`open ${name}\r\n`, 'close\r\n']);
    expect(own(vocabulary, 'open petrel\r\n')).toEqual([]);
  });
});

describe('words that the server said to somebody else before', () => {
  const at = (i: number) => ({ client: { address: `10.0.0.${i}`, port: 4000 } });
  const sessions = [
    record(1, [c('list\r\n'), s('stock readme\r\n')], at(1)),
    record(2, [c('put marmot\r\n'), s('ok\r\n'), c('get marmot\r\n'), s('marmot: fine\r\n')], at(2)),
    record(3, [c('get stock\r\n'), s('full\r\n')], at(3)),
    record(4, [c('list\r\n'), s('stock readme marmot\r\n')], at(4)),
  ];
  const later = sessions.map((session, i) => ({
    ...session,
    messages: session.messages.map((message) => ({ ...message, time: message.time + i * 60_000_000 })),
  }));
  const vocabulary = new Vocabulary(toDialogs(later));

  it('are nobody’s own, though one client alone asked for them', () => {
    expect(vocabulary.isOwn('stock')).toBe(false);
    expect(vocabulary.isPrivate(fromLatin1('stock'))).toBe(false);
  });

  it('do not count when the client had said them first', () => {
    expect(vocabulary.isOwn('marmot')).toBe(true);
  });
});
