/** Answers of one class of requests that have only their frame in common. */
import { describe, expect, it } from 'vitest';
import {
  differences,
  learnOne,
  seeds,
  speak,
  c,
  s,
  type Protocol,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

/** Settings asked for under two names each, in answers that have only their frame in common. */
const settings: Protocol = (dice) => {
  const call = (method: string, asked: string, told: string): Spoken[] => {
    const tag = dice.between(100, 9000);
    return [
      c(`{"method": "${method}", "arguments": {${asked}}, "tag": ${tag}}`),
      s(`{"arguments":{${told}},"result":"success","tag":${tag}}\n`),
    ];
  };
  const [down, up, limit] = [dice.between(10, 9000), dice.between(10, 9000), dice.between(5, 500)];
  const does = dice.between(1, 3);
  if (does === 1)
    return [
      ...call('session-set', `"down": ${down}, "up": ${up}`, ''),
      ...call('session-get', '"fields": ["down", "up"]', `"down":${down},"up":${up}`),
    ];
  if (does === 2)
    return [
      ...call('thing-remove', '"ids": [1]', ''),
      ...call('thing-get', '"ids": [1], "fields": ["name"]', '"things":[]'),
    ];
  return [
    ...call('thing-set', `"ids": [1], "downLimit": ${limit}`, ''),
    ...call(
      'thing-get',
      '"ids": [1], "fields": ["downLimit", "id"]',
      `"things":[{"downLimit":${limit},"limited":true,"id":1}]`,
    ),
  ];
};

describe('answers of several forms in one frame', () => {
  it.each(seeds())('are each learned by themselves (seed %i)', (seed) => {
    expect(differences(learnOne(speak(settings, 30, seed)), speak(settings, 30, seed + 50))).toEqual([]);
  });
});
