/** What one client said in the writing of forms, told again as it was meant: seen once only. */
import { describe, expect, it } from 'vitest';
import { Caller, c, Dice, learnOne, record, s, seeds } from '../../../tests/helpers/sessions.js';

const search = (query: string) => c(`GET /?s=${query} HTTP/1.1\r\nHost: hall\r\n\r\n`);
const nothing = (text: string) =>
  s(`HTTP/1.1 200 OK\r\n\r\n<title>${text} - Search</title><h1>Results for: ${text}</h1>`);
const page = (name: string) => [
  c(`GET /${name} HTTP/1.1\r\nHost: hall\r\n\r\n`),
  s(`HTTP/1.1 404 Not Found\r\n\r\n<h1>No ${name} here</h1>`),
];

function sessions(seed: number, query: string, meant: string) {
  const dice = new Dice(seed);
  return Array.from({ length: 12 }, (_, i) =>
    record(i, [...page(dice.text(5, 9)), ...(i === 4 ? [search(query), nothing(meant)] : [])]),
  );
}

describe('a value in the writing of forms', () => {
  it.each(seeds())('is told again as it was meant (seed %i)', (seed) => {
    for (const [query, meant, other, told] of [
      ['indigo%2095', 'indigo 95', 'old%20maple%20tree', 'old maple tree'],
      ['green+petrel', 'green petrel', 'one+more+grey+heron', 'one more grey heron'],
    ] as const) {
      const caller = new Caller(learnOne(sessions(seed, query, meant)));
      const [asked, answer] = page('anything');
      expect(caller.say(asked?.bytes ?? '')).toContain('anything');
      expect(answer).toBeDefined();
      const said = caller.say(search(other).bytes);
      expect(said).toContain(`<title>${told} - Search`);
      expect(said).toContain(`Results for: ${told}<`);
    }
  });

  it('is left as it is where the answer has something else', () => {
    const caller = new Caller(learnOne(sessions(1, 'indigo%2095', 'what nobody said')));
    caller.say(page('anything')[0]?.bytes ?? '');
    expect(caller.say(search('old%20maple').bytes)).toContain('Results for: what nobody said<');
  });
});
