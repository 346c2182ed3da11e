/** The fourth worked example: what the thresholds do to the number of states and to the similarity [05 §3.2.2]. */
import { describe, expect, it } from 'vitest';
import { c, record, s } from '../../tests/helpers/sessions.js';
import { heatmap } from './heatmap.js';
import { type Cell, surfaceOf } from './surface.js';

const names = ['bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'mallory', 'niaj', 'olivia'];
const texts = ['see you at noon', 'the report is late', 'bring the keys', 'all quiet here'];

/** Twelve clients of an invented post office. */
const sample = names.map((name, i) => {
  const other = names[(i + 5) % names.length] ?? '';
  return record(i, [
    s('+ready\n'),
    c(`LOGIN ${name}\n`),
    s(`+hello ${name}, nice to see you\n`),
    ...(i % 3 === 0
      ? [c(`SEND ${other} ${texts[i % 4] ?? ''}\n`), s('+queued for delivery\n')]
      : [c(`GET MSG FROM <${other}>\n`), s(`-no message from that person: ${other}\n`)]),
    ...(i % 2 === 0 ? [c('LIST ALL\n'), s('+2 messages waiting\n')] : [c('STAT\n'), s('+quota 12 of 500 used\n')]),
    c('QUIT\n'),
    s('+bye\n'),
  ]);
});

const { cells } = surfaceOf(sample, {});
const at = (macro: number, micro: number): Cell => {
  const cell = cells.find((one) => one.macro === macro && one.micro === micro);
  if (!cell) throw new RangeError(`no cell at ${macro}, ${micro}`);
  return cell;
};

describe.each(['paper', 'learned'] as const)('the number of states (%s)', (machine) => {
  const most = Math.max(...cells.map((cell) => cell[machine].states));
  const least = Math.min(...cells.map((cell) => cell[machine].states));

  it('is greatest wherever W = 0', () => {
    for (const micro of [0, 0.4, 1]) expect(at(0, micro)[machine].states).toBe(most);
  });

  it('is greatest wherever w = 0, as far as each cluster goes', () => {
    for (const macro of [0.2, 0.4]) {
      for (const micro of [0.4, 1]) {
        expect(at(macro, 0)[machine].states).toBeGreaterThanOrEqual(at(macro, micro)[machine].states);
      }
    }
    if (machine === 'learned') expect(at(0.4, 0)[machine].states).toBe(most);
  });

  it('is least at (1, 1)', () => {
    expect(at(1, 1)[machine].states).toBe(least);
    expect(least).toBeLessThan(most / 2);
  });

  it('never rises with W where w = 1', () => {
    const line = [0, 0.2, 0.4, 0.6, 0.8, 1].map((macro) => at(macro, 1)[machine].states);
    expect(line).toEqual([...line].sort((a, b) => b - a));
  });
});

describe('the similarity of the paper’s answers', () => {
  it('is perfect at W = 0', () => {
    expect(at(0, 1).paper.similarity).toBe(1);
  });

  it('degrades towards (1, 1) in steps, not smoothly', () => {
    const steps = sample.map((_, session) => {
      const line = [0, 0.2, 0.4, 0.6, 0.8, 1].map((w) => at(1, w).paper.each[session] ?? 0);
      return new Set(line.map((value) => value.toFixed(3))).size;
    });
    // Six values of w, but a conversation knows few different scores.
    expect(Math.max(...steps)).toBeGreaterThan(1);
    expect(Math.max(...steps)).toBeLessThanOrEqual(4);
    expect(at(1, 1).paper.similarity).toBeLessThan(at(1, 0.2).paper.similarity);
    const flat = at(0.6, 0.4).paper.similarity;
    for (const w of [0.6, 0.8, 1]) expect(at(0.6, w).paper.similarity).toBe(flat);
  });

  it('can be worse for middle values of w than without microclustering (w = 1)', () => {
    // Ten names that share letters by accident; four of them then look like a functional part of the protocol.
    const accidents = [
      'noonaroom',
      'soonamoon',
      'soonxno',
      'nooosoon',
      'moonroom',
      'noonnoon',
      'noaon',
      'roomnoon',
      'roomonno',
      'roomamoon',
    ].map((who, i) =>
      record(i, [
        s('+ready\n'),
        c(`TELL ${who}\n`),
        s('+told\n'),
        ...(i % 2 === 0
          ? [c('LIST ALL\n'), s('+2 messages are waiting for you\n')]
          : [c('STAT\n'), s('+quota 12 of 500 in use\n')]),
        c('QUIT\n'),
        s('+bye\n'),
      ]),
    );
    const surface = surfaceOf(accidents, {}, undefined, [0.6, 1]);
    const [middle, none] = [0.6, 1].map(
      (w) => surface.cells.find((cell) => cell.macro === 1 && cell.micro === w)?.paper,
    );
    const worse = (middle?.each ?? []).filter((value, i) => value < (none?.each[i] ?? 0));
    expect(worse.length).toBeGreaterThan(0);
    expect(middle?.states).toBeGreaterThan(none?.states ?? 0);
  });
});

describe('the similarity of the learned answers', () => {
  it('stays perfect: where classes are merged, a choice among their states makes up for it', () => {
    for (const cell of cells) expect(cell.learned.similarity).toBe(1);
  });
});

describe('the drawing', () => {
  it('has a cell for each pair of thresholds, four times', () => {
    const svg = heatmap({ service: 'tcp/7000', sessions: sample.length, cells });
    expect(svg.match(/<rect /g)).toHaveLength(4 * 36 + 1);
    expect(svg).toContain('tcp/7000, as in the paper: states');
  });
});
