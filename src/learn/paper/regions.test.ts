/** Region analysis and microclusters: the papers' worked examples, the evidence rule, and what must always hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equal, fromLatin1, printable, toLatin1 } from '../../bytes/bytes.js';
import { matchRegions, significantRegions } from '../../model/match.js';
import type { Region } from '../../model/types.js';
import { microclusters } from './microclusters.js';
import { analyseRegions, type RegionOptions } from './regions.js';

const draw = (regions: readonly Region[]): string =>
  regions.map((r) => (r.kind === 'fixed' ? `F("${printable(r.bytes)}")` : 'M()')).join('+');

function analyse(texts: readonly string[], options?: RegionOptions): string {
  const samples = texts.map(fromLatin1);
  return draw(
    analyseRegions(
      samples,
      samples.map(() => 1),
      options,
    ).regions,
  );
}

function knows(training: readonly string[], text: string): boolean {
  const samples = training.map(fromLatin1);
  const { regions } = analyseRegions(
    samples,
    samples.map(() => 1),
  );
  return matchRegions(regions, fromLatin1(text)) !== null;
}

describe('fields that have their places', () => {
  it('stay as wide as they are where zeros in their values touch the zeros around them', () => {
    const samples = ['A\0\0\x01\x02\0\0\0Z', 'A\0\0\x07\0\0\0\0Z', 'A\0\0\0\x05\0\0\0Z', 'A\0\0\x09\x09\0\0\0Z'];
    const { regions, spans } = analyseRegions(samples.map(fromLatin1), [1, 1, 1, 1]);
    expect(regions[1]).toMatchObject({ kind: 'mutating', min: 2, max: 2 });
    expect(spans.map((span) => [...span])).toEqual(samples.map(() => [0, 3, 5, 9]));
  });

  it('are not seen in texts that happen to be of one length', () => {
    expect(analyse(['MOVE ab TO cde NOW', 'MOVE xyz TO uv NOW', 'MOVE p TO qrst NOW'])).toBe(
      'F("MOVE ")+M()+F(" TO ")+M()+F(" NOW")',
    );
  });
});

describe('few long texts', () => {
  const words = ['amber', 'basil', 'cedar', 'dahlia', 'elm', 'fern', 'ginger', 'hazel', 'iris', 'jasmine'];
  const text = (step: number, count: number) =>
    Array.from({ length: count }, (_, i) => words[(step + i * step + step * (i % 3)) % words.length]).join(' ');

  it('have words in common that others do not need to have', () => {
    const training = [text(3, 40), text(7, 61), text(1, 23)].map((said) => `WRITE ${said}\n`);
    expect(analyse(training)).toBe('F("WRITE ")+M()+F("\\n")');
    expect(knows(training, 'WRITE nothing of that\n')).toBe(true);
  });

  it('keep the names of their fields', () => {
    const training = [text(3, 9), text(7, 31), text(1, 3)].map(
      (said, i) =>
        `WRITE ${words[i] ?? ''}\r\nContent-Type: ${'x'.repeat(1 + 80 * i)}\r\nContent-Length: ${said.length}\r\n\r\n${said}`,
    );
    for (const name of ['Content-Type: ', 'Content-Length: ']) expect(analyse(training)).toContain(name);
  });
});

describe('worked examples', () => {
  it('regions of `LOGIN: bob TIME: 12:13`: F("LOGIN:") is significant, F(":") is not', () => {
    const samples = ['LOGIN: bob TIME: 12:13', 'LOGIN: alice TIME: 09:45', 'LOGIN: carol TIME: 17:30'].map(fromLatin1);
    const { regions, spans } = analyseRegions(samples, [1, 1, 1]);
    expect(draw(regions)).toBe('F("LOGIN: ")+M()+F(" TIME: ")+M()+F(":")+M()');
    const first = samples[0] ?? new Uint8Array(0);
    expect(significantRegions(regions, first, spans[0] ?? new Int32Array(0))).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
  });

  it('`GET MSG FROM <bob>` twice, then `<dave>`: unknown with that training', () => {
    expect(analyse(['GET MSG FROM <bob>', 'GET MSG FROM <bob>'])).toBe('F("GET MSG FROM <bob>")');
    expect(knows(['GET MSG FROM <bob>', 'GET MSG FROM <bob>'], 'GET MSG FROM <dave>')).toBe(false);
  });

  it('`GET MSG FROM <dave>` is known with three different names', () => {
    const training = ['GET MSG FROM <bob>', 'GET MSG FROM <alice>', 'GET MSG FROM <carol>'];
    expect(analyse(training)).toBe('F("GET MSG FROM <")+M()+F(">")');
    expect(knows(training, 'GET MSG FROM <dave>')).toBe(true);
    expect(knows(training, 'PUT MSG FROM <dave>')).toBe(false);
  });

  it('`Hi, my ID is 147`: two significant fixed regions', () => {
    expect(analyse(['Hi, my ID is 147 what time is it?', 'Hi, my ID is 134 what time is it?'])).toBe(
      'F("Hi, my ID is ")+M()+F(" what time is it?")',
    );
  });
});

describe('columns [05 §2.4.2]', () => {
  it('have a most frequent type and value, a mutation rate and gaps', () => {
    const samples = ['k=1\0', 'k=2\0', 'k=1\0'].map(fromLatin1);
    const { columns, regions } = analyseRegions(samples, [2, 1, 1]);
    expect(columns).toEqual([
      { type: 'ascii', value: 0x6b, mutation: 0, gaps: false },
      { type: 'ascii', value: 0x3d, mutation: 0, gaps: false },
      { type: 'ascii', value: 0x31, mutation: 0.25, gaps: false },
      { type: 'zero', value: 0, mutation: 0, gaps: false },
    ]);
    // A single letter with a single further witness, but bound to a delimiter: `k=` stays.
    expect(draw(regions)).toBe('F("k=")+M()+F("\\x00")');
  });

  it('one distinct sample is one fixed region, an empty one none', () => {
    expect(analyse(['abc', 'abc'])).toBe('F("abc")');
    expect(analyse([''])).toBe('');
    expect(analyse(['', 'a'])).toBe('M()');
  });
});

describe('evidence for a conserved run [new]', () => {
  const names = ['USER bob\r\n', 'USER tom\r\n', 'USER joe\r\n'];

  it('an accident between mutating parts is dissolved, in the plain paper it is not', () => {
    expect(analyse(names)).toBe('F("USER ")+M()+F("\\r\\n")');
    expect(analyse(names, { evidence: false })).toBe('F("USER ")+M()+F("o")+M()+F("\\r\\n")');
  });

  it('half a value is no structure: `<b|ob` and `<b|ill`', () => {
    expect(analyse(['FROM <bob>', 'FROM <bill>'])).toBe('F("FROM <")+M()+F(">")');
    expect(analyse(['FROM <bob>', 'FROM <bill>'], { evidence: false })).toBe('F("FROM <b")+M()+F(">")');
  });

  it('a common beginning of many values is', () => {
    const many = ['one', 'five', 'seven', 'ten', 'zero'].map((name) => `FROM <user${name}>`);
    expect(analyse(many)).toBe('F("FROM <user")+M()+F(">")');
  });

  it('delimiters between words survive with two distinct samples', () => {
    expect(analyse(['12:13', '09:45'])).toBe('M()+F(":")+M()');
    expect(analyse(['\0\x01a.txt\0octet\0', '\0\x01file.bin\0netascii\0', '\0\x01boot.img\0mail\0'])).toBe(
      'F("\\x00\\x01")+M()+F(".")+M()+F("\\x00")+M()+F("\\x00")',
    );
  });

  it('verbs of one cluster leave nothing between them', () => {
    expect(analyse(['USER bob\r\n', 'USER alice\r\n', 'PASS secret\r\n', 'PASS hunter2\r\n', 'LIST all\r\n'])).toBe(
      'M()+F(" ")+M()+F("\\r\\n")',
    );
  });

  it('noise has no structure, what is around and inside it has', () => {
    let state = 5;
    const noise = (length: number): string =>
      Array.from({ length }, () =>
        String.fromCharCode((state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24),
      ).join('');
    const short = Array.from({ length: 30 }, (_, i) => `HDR\x01${noise(100 + ((i * 37) % 90))}END\r\n`);
    expect(analyse(short)).toBe('F("HDR\\x01")+M()+F("END\\r\\n")');
    const long = Array.from({ length: 30 }, () => `HDR\x01${noise(700)}MID\x02${noise(300)}END\r\n`);
    expect(analyse(long)).toBe('F("HDR\\x01")+M()+F("MID\\x02")+M()+F("END\\r\\n")');
  });
});

describe('what always holds', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'o', ' ', ':', '\r', '\n', '\0', '\xff'), maxLength: 12 });
  const free = fc.array(word, { minLength: 1, maxLength: 12 });
  const shaped = fc
    .tuple(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      fc.array(fc.array(word, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 10 }),
    )
    .map(([fixed, values]) => values.map((value) => fixed.map((f, i) => f + (value[i] ?? '')).join('')));

  function checkMatches(samples: readonly Uint8Array[], options: RegionOptions): void {
    const { regions, spans } = analyseRegions(
      samples,
      samples.map(() => 1),
      options,
    );
    regions.forEach((region, r) => expect(region.kind === regions[r + 1]?.kind).toBe(false));
    samples.forEach((sample, i) => {
      const span = spans[i] ?? new Int32Array(0);
      expect(span.length).toBe(regions.length + 1);
      expect(span[0]).toBe(0);
      expect(span[regions.length]).toBe(sample.length);
      regions.forEach((region, r) => {
        const value = sample.subarray(span[r], span[r + 1]);
        if (region.kind === 'fixed') expect(equal(value, region.bytes)).toBe(true);
        else {
          expect(value.length).toBeGreaterThanOrEqual(region.min);
          expect(value.length).toBeLessThanOrEqual(region.max);
        }
      });
      expect(matchRegions(regions, sample)).not.toBeNull();
      expect(matchRegions(regions, sample, true)).not.toBeNull();
    });
  }

  it('every sample matches, at its boundaries', () => {
    fc.assert(
      fc.property(fc.oneof(free, shaped), fc.boolean(), (texts, evidence) =>
        checkMatches(texts.map(fromLatin1), { evidence }),
      ),
      { numRuns: 300 },
    );
  });

  it('every sample matches when only some are aligned and long ones in part', () => {
    fc.assert(
      fc.property(fc.oneof(free, shaped), (texts) => checkMatches(texts.map(fromLatin1), { most: 3, bound: 12 })),
      { numRuns: 300 },
    );
  });

  it('the order of the samples decides nothing', () => {
    fc.assert(
      fc.property(shaped, (texts) => {
        const distinct = [...new Set(texts)];
        expect(analyse(distinct)).toBe(analyse([...distinct].reverse()));
      }),
    );
  });
});

describe('microclusters [05 §2.4.2]', () => {
  const verbs = ['USER bob', 'USER alice', 'USER carol', 'PASS secret', 'PASS hunter2', 'PASS 12345', 'NOOP x'];
  const split = (texts: readonly string[], w: number, weights = texts.map(() => 1)): string[][] => {
    const samples = texts.map(fromLatin1);
    const groups = microclusters(samples, weights, analyseRegions(samples, weights), w);
    return groups.map((group) => group.map((i) => toLatin1(samples[i] ?? new Uint8Array(0))));
  };

  it('a value that recurs gets a cluster of its own, the rest stays together (figure 4)', () => {
    expect(split(verbs, 0.4)).toEqual([verbs.slice(0, 3), verbs.slice(3, 6), verbs.slice(6)]);
    const letters = ['A,GET', 'B,GET', 'C,GET', 'A,GET', 'D,GET', 'A,PUT'];
    expect(split(letters, 0.45)).toEqual([['A,GET', 'A,GET'], ['B,GET', 'C,GET', 'D,GET'], ['A,PUT']]);
  });

  it('weights count', () => {
    expect(split(verbs, 0.4, [1, 1, 1, 1, 1, 1, 20])).toEqual([verbs.slice(0, 6), verbs.slice(6)]);
  });

  it('w = 0 keeps every distinct sample apart, w = 1 has no effect', () => {
    expect(split([...verbs, 'NOOP x'], 0)).toEqual([...verbs.slice(0, 6).map((text) => [text]), ['NOOP x', 'NOOP x']]);
    expect(split(verbs, 1)).toEqual([verbs]);
  });
});
