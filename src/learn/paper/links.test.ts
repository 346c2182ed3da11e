/** Link generation and consolidation: the paper's example [06 §4.1], and figure 3. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import {
  alwaysSignificant,
  consolidate,
  generateLinks,
  render,
  type Content,
  type Link,
  type Proposal,
} from './links.js';
import { analyseRegions } from './regions.js';

const requests = ['Hi, my ID is 147 what time is it?', 'Hi, my ID is 134 what time is it?'].map(fromLatin1);
const answers = ['Welcome 147, time is 14:05 ', 'Welcome 134, time is 14:18 '].map(fromLatin1);
const { regions } = analyseRegions(requests, [1, 1]);
const proposals = requests.map((bytes, i) => {
  const exchange = { request: { bytes, regions }, answer: answers[i] ?? new Uint8Array(0) };
  return generateLinks({ exchanges: [exchange] })[0] ?? { bytes, links: [] };
});

const draw = (content: readonly Content[], names: ReadonlyMap<string, string>): string =>
  content
    .map((part) =>
      part.kind === 'literal' ? String.fromCharCode(part.byte) : (names.get(JSON.stringify(part)) ?? '?'),
    )
    .join('');

const link = (
  request: number,
  start: number | null,
  end: number | null,
  offsetStart: number,
  offsetEnd: number,
): Link => ({
  kind: 'link',
  request,
  start,
  end,
  offsetStart,
  offsetEnd,
});

describe('the two `Hi, my ID is 147` conversations', () => {
  it('link generation: `Welcome L1, time is L2:05` and `Welcome L3, time is 14:18`', () => {
    const [first, second] = proposals;
    expect(first?.links).toEqual([
      { link: link(0, 0, 1, 0, 0), from: 8, to: 11 },
      // L2, a coincidence.
      { link: link(0, 0, 1, 0, -1), from: 21, to: 23 },
    ]);
    expect(second?.links).toEqual([{ link: link(0, 0, 1, 0, 0), from: 8, to: 11 }]);
  });

  it('consolidation: `Welcome L1, time is 14:05`', () => {
    const { content, confidence, agreeing } = consolidate(proposals);
    const names = new Map([[JSON.stringify(link(0, 0, 1, 0, 0)), 'L1']]);
    expect(draw(content, names)).toBe('Welcome L1, time is 14:05 ');
    expect(confidence).toBe(1);
    expect(agreeing).toEqual([0]);
  });

  it('emulation: another ID, of another length', () => {
    const { content } = consolidate(proposals);
    const request = { bytes: fromLatin1('Hi, my ID is 20061 what time is it?'), regions };
    expect(toLatin1(render(content, [request]) ?? new Uint8Array(0))).toBe('Welcome 20061, time is 14:05 ');
  });
});

describe('link generation [06 §4.1]', () => {
  it('correlates a request with all following answers, not only the next', () => {
    const whole = (text: string) => ({ bytes: fromLatin1(text), regions: [] });
    const [first, second] = generateLinks({
      exchanges: [
        { request: whole('id 4711'), answer: fromLatin1('ok') },
        { request: whole('go'), answer: fromLatin1('done 4711') },
      ],
    });
    expect(first?.links).toEqual([]);
    // With the blank before it: as long as it gets.
    expect(second?.links).toEqual([{ link: link(0, null, null, 2, 0), from: 4, to: 9 }]);
  });

  it('does not look at what significant regions cover, nor at single bytes', () => {
    const samples = ['NICK ab!', 'NICK cdx!'].map(fromLatin1);
    const analysis = analyseRegions(samples, [1, 1]);
    const bytes = samples[0] ?? new Uint8Array(0);
    const exchanges = [{ request: { bytes, regions: analysis.regions }, answer: fromLatin1('NICK b? NICK') }];
    expect(generateLinks({ exchanges })[0]?.links).toEqual([]);
  });

  it('a region is a marker only if it is one in all requests', () => {
    const samples = ['a:x y', 'bc:p:q'].map(fromLatin1);
    const colon = [
      { kind: 'mutating', type: 'ascii', min: 1, max: 2 } as const,
      { kind: 'fixed', bytes: fromLatin1(':') } as const,
      { kind: 'mutating', type: 'ascii', min: 1, max: 3 } as const,
    ];
    expect(alwaysSignificant(colon, samples)).toEqual([false, false, false]);
    expect(alwaysSignificant(colon, samples.slice(0, 1))).toEqual([false, true, false]);
  });

  it('every link gives the bytes that it stands for', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '1'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }), (turns) => {
        const samples = turns.map(([request]) => fromLatin1(request));
        const found = analyseRegions(
          samples,
          samples.map(() => 1),
        );
        const enriched = samples.map((bytes) => ({ bytes, regions: found.regions }));
        const exchanges = turns.map(([, answer], i) => ({
          request: enriched[i] ?? { bytes: new Uint8Array(0), regions: [] },
          answer: fromLatin1(answer),
        }));
        for (const proposal of generateLinks({ exchanges })) {
          for (const placed of proposal.links) {
            expect(render([placed.link], enriched)).toEqual(proposal.bytes.slice(placed.from, placed.to));
          }
        }
      }),
    );
  });
});

describe('consolidation [06 §4.1]', () => {
  const plain = (text: string): Proposal => ({ bytes: fromLatin1(text), links: [] });
  const text = (content: readonly Content[]): string => draw(content, new Map());

  it('the most recurring content stays, samples that differ are out for the rest', () => {
    const { content, confidence, agreeing } = consolidate(['axy', 'bxz', 'bxz', 'axz'].map(plain).concat(plain('ax!')));
    // `a` wins with three samples; then `b…`, although it says `z` twice, is not asked any more.
    expect(text(content)).toBe('axy');
    expect(confidence).toBe(1);
    expect(agreeing).toEqual([0]);
  });

  it('the end is a content like others', () => {
    expect(text(consolidate(['ab', 'a', 'a'].map(plain)).content)).toBe('a');
    expect(text(consolidate(['ab', 'a'].map(plain)).content)).toBe('ab');
    expect(consolidate([])).toEqual({ content: [], confidence: 0, agreeing: [] });
  });

  it('misleading links, a different one in every sample, do not survive (figure 3)', () => {
    const coincidence = (at: number, offset: number): Proposal => ({
      bytes: fromLatin1('abcdef'),
      links: [{ link: link(0, 0, 1, offset, 0), from: at, to: at + 2 }],
    });
    const result = consolidate([coincidence(0, 1), coincidence(2, 2), coincidence(3, 3)]);
    expect(text(result.content)).toBe('abcdef');
    expect(result.confidence).toBe(3);
  });

  it('always equals at least one sample', () => {
    const sample = fc
      .tuple(
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
        fc.nat(6),
        fc.integer({ min: 2, max: 3 }),
        fc.nat(2),
      )
      .map(([bytes, from, length, offset]): Proposal => ({
        bytes: fromLatin1(bytes),
        links: from + length <= bytes.length ? [{ link: link(0, 0, 1, offset, 0), from, to: from + length }] : [],
      }));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 6 }), (samples) => {
        const { content, confidence, agreeing } = consolidate(samples);
        expect(confidence).toBeGreaterThan(0);
        expect(agreeing.length).toBe(confidence);
        for (const index of agreeing) {
          const { bytes, links } = samples[index] ?? { bytes: new Uint8Array(0), links: [] };
          let at = 0;
          for (const part of content) {
            if (part.kind === 'literal') expect(bytes[at++]).toBe(part.byte);
            else {
              const here = links.find((placed) => placed.from === at);
              expect(here?.link).toEqual(part);
              at = here?.to ?? -1;
            }
          }
          expect(at).toBe(bytes.length);
        }
      }),
    );
  });
});
