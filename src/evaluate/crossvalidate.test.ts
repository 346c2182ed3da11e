/** Cross-validation: what is dealt out, what is counted, and how a miss is explained. */
import { describe, expect, it } from 'vitest';
import { Dice, c, record, s } from '../../tests/helpers/sessions.js';
import { fromLatin1, utf8 } from '../bytes/bytes.js';
import type { Session } from '../capture/types.js';
import { type ServiceEvaluation, crossValidate } from './crossvalidate.js';
import { sampleSessions, split } from './folds.js';
import { chooseThresholds } from './thresholds.js';
import { differsByChance } from './varying.js';

const names = ['bob', 'alice', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'mallory', 'olivia'];

const evaluate = (sessions: readonly Session[], compare = false): ServiceEvaluation => {
  const { services } = crossValidate(sessions, { folds: 4, most: 100, compare, learn: {} });
  if (!services[0]) throw new Error('nothing was evaluated');
  return services[0];
};

/** Greets by name. */
const polite = names.map((name, i) =>
  record(i, [s('+ready\n'), c(`HELLO ${name}\n`), s(`+hello ${name}\n`), c('QUIT\n'), s('+bye\n')]),
);

describe('cross-validation', () => {
  it('finds everything right where everything can be known', () => {
    const { columns, sessions, foldedBy, reasons } = evaluate(polite);
    expect({ sessions, foldedBy }).toEqual({ sessions: 12, foldedBy: 'source' });
    expect(columns.get('learned')).toEqual({
      sessions: 12,
      answers: 36,
      exact: 36,
      exactOrVarying: 36,
      similarity: 1,
      unknown: 0,
      nearest: 0,
      toEnd: 12,
    });
    expect(reasons.size).toBe(0);
  });

  it('sets beside it the nearest recording, which knows no name that it has not heard', () => {
    const { columns } = evaluate(polite, true);
    expect(columns.get('nearest recording')).toMatchObject({ answers: 36, exact: 24 });
    expect(columns.get('copied links only (2006)')).toMatchObject({ exact: 36 });
    expect(columns.get('no links (2005)')?.exact).toBeLessThan(36);
  });

  it('excuses what the server makes up, but does not call it exact', () => {
    const dice = new Dice(5);
    const ids = names.map(() => dice.text(8, 8, '0123456789abcdef'));
    const { columns } = evaluate(
      ids.map((id, i) => record(i, [s(`+ready ${id} at your service\n`), c('QUIT\n'), s('+bye\n')])),
    );
    expect(columns.get('learned')).toMatchObject({ answers: 24, exact: 12, exactOrVarying: 24 });
  });

  it('excuses made-up bytes, though in some plays they happen to be nothing but text', () => {
    const dice = new Dice(7);
    const { columns } = evaluate(
      Array.from({ length: 80 }, (_, i) => record(i, [c('OPEN\n'), s('id ', Uint8Array.of(1), dice.bytes(2), '\n')])),
    );
    expect(columns.get('learned')).toMatchObject({ answers: 80, exactOrVarying: 80 });
  });

  it('explains a miss: what was due, what was given, and which state gave it', () => {
    const strange = record(90, [s('+ready\n'), c('HELLO peggy\n'), s('-go away\n'), c('QUIT\n'), s('+bye\n')]);
    const { misses, reasons } = evaluate([...polite, strange]);
    expect([...reasons.values()].reduce((all, n) => all + n, 0)).toBe(misses.length);
    const miss = misses.find((one) => one.session === 90 && one.exchange === 1);
    expect(miss).toMatchObject({ at: 0, expected: utf8('-go away\n'), given: utf8('+hello peggy\n') });
    expect(miss?.words).toMatch(/class \d+ .* led to state \d+ \(\d+ samples/);
  });

  it('tells what the server varies by itself from what could have been known', () => {
    const moods = ['calm', 'glad', 'grim', 'bold'];
    const { frozen, misses } = evaluate(
      names.map((_, i) => record(i, [s('+ready\n'), c('MOOD\n'), s(`+I am ${moods[(i * 7) % 4] ?? ''}\n`)])),
    );
    expect(misses.length).toBeGreaterThan(0);
    expect(frozen).toBe(misses.length);
    expect(misses[0]?.reason).toContain('the server varies by itself');
  });

  it('says which requests were unknown', () => {
    const { columns, reasons } = evaluate([...polite, record(91, [s('+ready\n'), c('\x00\x01\x02\x03'), s('?\n')])]);
    expect(columns.get('learned')).toMatchObject({ unknown: 1, toEnd: 12 });
    expect(reasons.get('unknown request')).toBe(1);
  });

  it('takes an answer that comes late, because the client did not wait, for what it is', () => {
    const hasty = record(92, [c('HELLO victor\n'), s('+ready\n+hello victor\n'), c('QUIT\n'), s('+bye\n')]);
    const { misses } = evaluate([...polite, hasty]);
    expect(misses.filter(({ session }) => session === 92)).toEqual([]);
  });

  it('gives the same result for the same seed', () => {
    expect(evaluate(polite)).toEqual(evaluate(polite));
  });

  it('leaves out services of one session, and says so', () => {
    const lonely = record(93, [s('+ready\n')], { server: { address: '192.0.2.7', port: 7 } });
    const { services, leftOut } = crossValidate([...polite, lonely], {
      folds: 3,
      most: 100,
      compare: false,
      learn: {},
    });
    expect(services.map(({ service }) => service)).toEqual(['tcp/7000']);
    expect([...leftOut]).toEqual([['tcp/7', 'one session only']]);
  });
});

describe('folds', () => {
  const many = Array.from({ length: 60 }, (_, i) =>
    record(i, [s('+ready\n')], { client: { address: `10.0.0.${i % 6}`, port: 1000 + i } }),
  );

  it('every session is asked once, and its source is never learned from then', () => {
    const { folds, by } = split(many, 5, 1);
    expect([...by.values()]).toEqual(['source']);
    expect(folds.flatMap(({ test }) => test.map(({ id }) => id)).sort((a, b) => a - b)).toEqual(
      many.map(({ id }) => id),
    );
    for (const { training, test } of folds) {
      expect(training.length + test.length).toBe(60);
      const asked = new Set(test.map(({ client }) => client.address));
      expect(training.some(({ client }) => asked.has(client.address))).toBe(false);
    }
  });

  it('with fewer than four sources, sessions are dealt out', () => {
    const few = many.map((session) => ({ ...session, client: { ...session.client, address: '10.0.0.1' } }));
    const { folds, by } = split(few, 5, 1);
    expect([...by.values()]).toEqual(['session']);
    expect(folds.map(({ test }) => test.length)).toEqual([12, 12, 12, 12, 12]);
  });

  it('with one source that has most sessions, sessions are dealt out', () => {
    const uneven = many.map((session, i) =>
      i % 4 === 0 ? session : { ...session, client: { ...session.client, address: '10.0.0.9' } },
    );
    const { by, folds } = split(uneven, 5, 1);
    expect([...by.values()]).toEqual(['session']);
    expect(folds.map(({ test }) => test.length)).toEqual([12, 12, 12, 12, 12]);
  });

  it('a sample keeps to its bound, its order, and many sources', () => {
    const some = sampleSessions(many, 12, 3);
    expect(some).toHaveLength(12);
    expect(some.map(({ id }) => id)).toEqual(some.map(({ id }) => id).sort((a, b) => a - b));
    expect(new Set(some.map(({ client }) => client.address)).size).toBe(6);
    expect(sampleSessions(many, 12, 3)).toEqual(some);
  });
});

describe('what the real server varies in', () => {
  const bytes = fromLatin1;

  it('excuses marked bytes of answers of the same length only', () => {
    const mask = Uint8Array.of(0, 0, 1, 1);
    expect(differsByChance(bytes('id42'), bytes('id77'), mask)).toBe(true);
    expect(differsByChance(bytes('ID42'), bytes('id77'), mask)).toBe(false);
    expect(differsByChance(bytes('id421'), bytes('id77'), mask)).toBe(false);
    expect(differsByChance(bytes('id42'), bytes('id77'), null)).toBe(false);
  });

  it('excuses no text where bytes stand, nor the other way round', () => {
    expect(differsByChance(bytes('id\x00\x01'), bytes('id77'), Uint8Array.of(0, 0, 1, 1))).toBe(false);
  });

  it('excuses any byte where a value is no text, though some of its bytes happen to be', () => {
    const mask = Uint8Array.of(0, 0, 2, 2);
    expect(differsByChance(bytes('id\x00\x01'), bytes('id7\x03'), mask)).toBe(true);
    expect(differsByChance(bytes('iD\x00\x01'), bytes('id7\x03'), mask)).toBe(false);
  });

  it('excuses texts of the time', () => {
    const date = (text: string): Uint8Array => bytes(`Date: ${text} GMT`);
    expect(differsByChance(date('Mon, 01 Jan 2024 00:00:01'), date('Tue, 02 Jan 2024 10:11:12'), null)).toBe(true);
    expect(differsByChance(date('Mon, 01 Jan 2024 00:00:01'), date('some day but not this one'), null)).toBe(false);
  });
});

describe('thresholds by cross-validation', () => {
  it('keeps the usual ones where nothing is clearly better, and says what was tried', () => {
    const { macro, micro, trials, sessions } = chooseThresholds(polite);
    expect({ macro, micro, sessions }).toEqual({ macro: 0.5, micro: 1, sessions: 12 });
    expect(trials.length).toBeGreaterThan(3);
    for (const { similarity } of trials) expect(similarity).toBeGreaterThan(0.5);
  });

  it('leaves one that was asked for when it is as good as any', () => {
    expect(chooseThresholds(polite, { macro: 0.4 }).macro).toBe(0.4);
  });

  it('has nothing to say of a single session', () => {
    expect(chooseThresholds(polite.slice(0, 1))).toMatchObject({ macro: 0.5, micro: 1, trials: [] });
  });
});
