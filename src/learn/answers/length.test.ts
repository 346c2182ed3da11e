/** Lengths of what comes behind a head. */
import { describe, expect, it } from 'vitest';
import { c, differences, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';

const HEAD = 'Policy: none of what is here may be shown elsewhere\r\nOrigin: the shelf of the corp\r\n'.repeat(3);

/** A request and an answer whose lengths stand before heads that never vary; the content tells a name three times. */
const shelf: Protocol = (dice) => {
  const name = dice.text(5, 24);
  const asked = `{"make": "${name}", "kind": "shelf of the usual size, in the corner"}`;
  const told = `{"id": "${name}", "name": "${name}", "place": "/shelves/${name}", "kept": "as long as nobody takes it away"}`;
  return [
    c(`PUT /shelves HTTP/1.1\r\nLength: ${asked.length}\r\nHost: corner\r\n\r\n${asked}`),
    s(`HTTP/1.1 201 Made\r\nLength: ${told.length}\r\n${HEAD}\r\n${told}`),
  ];
};

describe('a length with a long head between it and what it counts', () => {
  it.each(seeds())('is told right for names never seen (seed %i)', (seed) => {
    expect(HEAD.length).toBeGreaterThan(200);
    expect(differences(learnOne(speak(shelf, 24, seed)), speak(shelf, 20, seed + 70))).toEqual([]);
  });
});
