/** What a number among text decides: the regions of the requests have no place for it. */
import { expect, it } from 'vitest';
import { big, c, differences, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';

/** A setting is refused where its number is less than 16; numbers are letters, digits and anything. */
const settings: Protocol = (dice) => {
  const channel = dice.between(0, 4) > 0 ? dice.between(16, 250) : dice.between(0, 15);
  const text = Array.from({ length: dice.between(1, 6) }, () => dice.text(3, 9)).join(' ');
  const request = c('\x22', dice.bytes(1), big(channel, 1), text);
  return [request, channel < 16 ? s('\x2f\x12 not that one') : s('\x2a kept it')];
};

it.each(seeds())('asks for a number at its offset (%i)', (seed) => {
  const datagrams = { transport: 'udp' } as const;
  const service = learnOne(speak(settings, 60, seed, datagrams));
  const wrong = differences(service, speak(settings, 60, seed + 500, datagrams));
  // between the largest number that was refused and the smallest that was not, training does not tell
  expect(wrong.length).toBeLessThanOrEqual(3);
});
