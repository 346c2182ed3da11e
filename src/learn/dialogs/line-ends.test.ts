/** Clients that end their lines otherwise: what one of them taught is known of the others. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Caller, c, learnOne, record, s, type Spoken } from '../../../tests/helpers/sessions.js';

const ENDS = ['\r\n', '\n'];
const word = fc.stringMatching(/^[a-z]{5,9}[0-9]{2,4}$/);
const words = (count: number) => fc.uniqueArray(word, { minLength: count, maxLength: count });

/** A shell that gives back what was typed, each line with the end that `echo` writes. */
function shell(name: string, end: string, echo: (end: string) => string): readonly Spoken[] {
  const eol = echo(end);
  return [
    s('# '),
    c(`date${end}`),
    s(`date${eol}monday\r\n# `),
    c(`look ${name}${end}`),
    s(`look ${name}${eol}${name}: no such thing\r\n# `),
    c(`exit${end}`),
    s(`exit${eol}`),
  ];
}

describe('lines that end with LF or CR LF', () => {
  it('are one request where the server answers both alike', () => {
    fc.assert(
      fc.property(words(5), ([mine = '', ...names]) => {
        const sessions = names.map((name, id) =>
          record(
            id,
            shell(name, ENDS[id % 2] ?? '', () => '\r\n'),
          ),
        );
        const service = learnOne(sessions);
        expect(service.framing.lineEnd).toEqual(Uint8Array.of(13, 10));
        for (const end of ENDS) {
          const caller = new Caller(service);
          expect(caller.say(`date${end}`)).toBe('date\r\nmonday\r\n# ');
          expect(caller.say(`look ${mine}${end}`)).toBe(`look ${mine}\r\n${mine}: no such thing\r\n# `);
          expect(caller.say(`exit${end}`)).toBe('exit\r\n');
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are told of as they were sent', () => {
    const sessions = ['anna', 'bert', 'carl', 'dora'].map((name, id) =>
      record(
        id,
        shell(`${name}${id}7`, ENDS[id % 2] ?? '', () => '\r\n'),
      ),
    );
    const notes = new Caller(learnOne(sessions)).send('date\n').notes;
    expect(notes.map(({ request }) => request)).toEqual([Uint8Array.from('date\n', (l) => l.charCodeAt(0))]);
  });

  it('stay two requests where the server gives the end back, or tells them apart', () => {
    fc.assert(
      fc.property(words(6), fc.boolean(), (names, gives) => {
        const sessions = names.map((name, id) => {
          const end = ENDS[id % 2] ?? '';
          if (gives)
            return record(
              id,
              shell(name, end, (own) => own),
            );
          const no = end === '\n';
          return record(id, [
            c(`DATE${end}`),
            s(no ? '500 bare line feed\r\n' : '200 monday\r\n'),
            c(`LOOK ${name}${end}`),
            s(no ? '500 bare line feed\r\n' : '404 nothing\r\n'),
          ]);
        });
        expect(learnOne(sessions).framing.lineEnd).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('say nothing where all clients end theirs alike', () => {
    const sessions = ['anna1', 'bert2', 'carl3'].map((name, id) =>
      record(
        id,
        shell(name, '\n', () => '\r\n'),
      ),
    );
    expect(learnOne(sessions).framing.lineEnd).toBeUndefined();
  });
});
