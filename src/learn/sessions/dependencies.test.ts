import { describe, expect, it } from 'vitest';
import { c, record, s } from '../../../tests/helpers/sessions.js';
import type { Session } from '../../capture/types.js';
import { refine } from '../../react/refine.js';
import { learn } from '../index.js';

const DOOR = { address: '192.0.2.7', port: 7001 };
const START = 1_700_000_000;

/** One source: what it asks the first port for, and whether the second one then lets it in. */
function conversation(number: number, opens: boolean, afterwards: boolean): Session[] {
  const client = { address: `10.1.2.${number + 1}`, port: 41_000 };
  const start = START + 60 * number;
  const asked = `${opens ? 'OPEN' : 'LOOK'} item${number * 7}\r\n`;
  const first = record(3 * number, [s('hello\r\n'), c(asked), s('well\r\n')], { client, start });
  const door = { client: { ...client, port: 41_001 }, server: DOOR };
  const inside = record(3 * number + 1, [s('inside\r\n'), c('leave\r\n'), s('bye\r\n')], { ...door, start: start + 2 });
  const shut = (at: number) => record(3 * number + 2, [], { ...door, start: at, outcome: 'refused' });
  if (!opens) return [first, shut(start + 2)];
  return afterwards ? [first, inside, shut(start + 4)] : [first, inside];
}

describe('a port that a request opens [06 §4.2]', () => {
  const learned = (afterwards: boolean) =>
    learn(Array.from({ length: 16 }, (_, i) => conversation(i, i % 2 === 0, afterwards)).flat());

  it('is guarded by the state that the request leads to', () => {
    const model = learned(true);
    const opened = model.services.find((service) => service.port === DOOR.port)?.opened;
    expect(opened?.by.map((by) => by.service)).toEqual(['tcp/7000']);
    const first = model.services.find((service) => service.port === 7000);
    const opener = first?.states[opened?.by[0]?.states[0] ?? -1];
    const example = first?.classes[opener?.classes[0] ?? -1]?.example ?? new Uint8Array(0);
    expect(Buffer.from(example).toString('latin1')).toMatch(/^OPEN /);
  });

  it('closes again where it refused afterwards, and stays open where it did not', () => {
    expect(learned(true).services.find((service) => service.port === DOOR.port)?.opened?.once).toBe(true);
    expect(learned(false).services.find((service) => service.port === DOOR.port)?.opened?.once).toBe(false);
  });

  it('is not guarded when it never refused', () => {
    const model = learn(Array.from({ length: 8 }, (_, i) => conversation(i, true, false)).flat());
    expect(model.services.find((service) => service.port === DOOR.port)?.opened).toBeUndefined();
  });

  it('is guarded too where training alone has seen it refusing', () => {
    const looks = Array.from({ length: 12 }, (_, i) => conversation(i, false, false)).flat();
    const opens = Array.from({ length: 5 }, (_, i) => conversation(20 + i, true, false)).flat();
    const { model } = refine(learn(looks), opens);
    const opened = model.services.find((service) => service.port === DOOR.port)?.opened;
    expect(opened?.by).toMatchObject([{ service: 'tcp/7000' }]);
  });
});
