/** What is asked for that nobody put there, where all recorded clients had put there what they asked for. */
import { describe, expect, it } from 'vitest';
import { Caller, c, learnOne, record, s } from '../../tests/helpers/sessions.js';

const NAMES = ['laurel24', 'letter609', 'basil9346', 'umbrella59', 'quentin31', 'maroon149'];
const TEXTS = [
  'green maple',
  'elm frank kale',
  'willow red',
  'dave sage report',
  'quince judy',
  'zach elm pine walter',
];

/** Some put a text and get it back in one way; others get in another way what is not there. */
function sessions() {
  const put = NAMES.map((name, i) =>
    record(i, [c(`put ${name} fast ${TEXTS[i]}\n`), s('done\n'), c(`get ${name} fast\n`), s(`<${TEXTS[i]}>\n`)], {
      client: { address: `10.9.0.${i + 1}`, port: 4000 },
    }),
  );
  const missing = ['victor847', 'blue4449', 'erin7380'].map((name, i) =>
    record(10 + i, [c(`get ${name} slowly\n`), s('no such thing\n')], {
      client: { address: `10.9.1.${i + 1}`, port: 4000 },
    }),
  );
  return [...put, ...missing];
}

describe('a request for what was never put there', () => {
  it('is answered as requests like it were that got nothing back', () => {
    const caller = new Caller(learnOne(sessions()), { client: { address: '192.0.2.7', port: 9 } });
    expect(caller.say('put plover676 fast heron kestrel\n')).toBe('done\n');
    expect(caller.say('get plover676 fast\n')).toBe('<heron kestrel>\n');
    const { text, notes } = caller.send('get osprey12 fast\n');
    expect(text).toBe('no such thing\n');
    expect(notes).toMatchObject([{ kind: 'nearest' }]);
  });
});
