/** Services that speak the same, in one form or in two: which takes whose sessions, and what they look like then. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../../bytes/bytes.js';
import type { Session, Transport } from '../../capture/types.js';
import { record } from '../../../tests/helpers/sessions.js';
import { learn } from '../index.js';
import { kinSessions } from './kin.js';

type Said = readonly [asked: Uint8Array, told: Uint8Array];

const number = (value: number) => Uint8Array.of(value >> 24, value >> 16, value >> 8, value);
const text = (said: string) => Uint8Array.from(Buffer.from(said, 'latin1'));
const SERVER = '192.0.2.7';

/** What was said with a length in two bytes before each message, or as it is. */
function framed(message: Uint8Array, isFramed: boolean): Uint8Array {
  return isFramed ? concat([Uint8Array.of(message.length >> 8, message.length), message]) : message;
}

function session(
  id: number,
  transport: Transport,
  port: number,
  said: readonly Said[],
  isFramed = transport === 'tcp',
) {
  const messages = said.flatMap(([asked, told]) => [
    { from: 'client' as const, bytes: framed(asked, isFramed) },
    { from: 'server' as const, bytes: framed(told, isFramed) },
  ]);
  return record(id, messages, {
    transport,
    client: { address: `10.1.2.${id}`, port: 4000 },
    server: { address: SERVER, port },
    ...(transport === 'udp' ? { close: { by: 'nobody' as const, how: 'open' as const } } : {}),
  });
}

/** Asks for the size of a thing; the server says it back. */
const size = (id: number, answer = 7): Said => [
  concat([number(Math.imul(id, 0x9e3779b1)), text('size of the thing in the middle')]),
  concat([number(Math.imul(id, 0x9e3779b1)), text('the size of it is '), number(answer)]),
];
const weight = (id: number, name: string): Said => [
  concat([number(Math.imul(id, 0x9e3779b1)), text(`weigh ${name}`)]),
  concat([number(Math.imul(id, 0x9e3779b1)), text(`${name} weighs nothing`)]),
];

/** Twelve streams that ask for more than six exchanges of datagrams did. */
const streams = (answer = 7) =>
  Array.from({ length: 12 }, (_, i) =>
    session(i, 'tcp', 53, [size(i, answer), weight(i, ['apple', 'melon', 'grape', 'peach'][i % 4] ?? '')]),
  );
const datagrams = () => Array.from({ length: 6 }, (_, i) => session(50 + i, 'udp', 53, [size(50 + i)]));

const kinOf = (...services: Session[][]) =>
  kinSessions(new Map(services.map((its) => [`${its[0]?.transport}/${its[0]?.server.port}`, its])));
const bytesOf = (sessions: readonly Session[] | undefined) =>
  (sessions ?? []).map((s) => s.messages.map((m) => m.bytes));

describe('services of one host that speak the same', () => {
  it('take the sessions of the richer one without the length in front', () => {
    const taken = kinOf(streams(), datagrams());
    expect([...taken.keys()]).toEqual(['udp/53']);
    expect(bytesOf(taken.get('udp/53'))[1]).toEqual([...size(1), ...weight(1, 'melon')]);
    expect(taken.get('udp/53')?.[0]?.transport).toBe('udp');
  });

  it('take them with the length that their own messages have in front', () => {
    const many = Array.from({ length: 12 }, (_, i) => session(i, 'udp', 53, [size(i), weight(i, 'apple')]));
    const few = Array.from({ length: 6 }, (_, i) => session(50 + i, 'tcp', 53, [size(50 + i)]));
    const taken = kinOf(many, few).get('tcp/53');
    expect(bytesOf(taken)[1]).toEqual([...size(1), ...weight(1, 'apple')].map((m) => framed(m, true)));
    expect(taken?.[0]?.close).toEqual({ by: 'client', how: 'fin' });
  });

  it('take them as they are on another port', () => {
    const few = Array.from({ length: 6 }, (_, i) => session(50 + i, 'tcp', 54, [size(50 + i)]));
    expect(bytesOf(kinOf(streams(), few).get('tcp/54'))).toEqual(bytesOf(streams()));
  });

  it('take nothing where the answers do not agree', () => {
    const other = Array.from({ length: 6 }, (_, i) =>
      session(50 + i, 'udp', 53, [[size(50 + i)[0], text('no such thing was ever seen in this place')]]),
    );
    expect(kinOf(streams(), other).size).toBe(0);
  });

  it('take nothing from a service that is asked for something else', () => {
    const other = Array.from({ length: 6 }, (_, i) => session(50 + i, 'udp', 53, [weight(50 + i, 'tomato')]));
    expect(kinOf(streams(), other).size).toBe(0);
  });

  it('take nothing from another host', () => {
    const other = datagrams().map((s) => ({ ...s, server: { address: '192.0.2.8', port: 53 } }));
    expect(kinOf(streams(), other).size).toBe(0);
  });

  it('leave out a session that was told otherwise', () => {
    const sessions = streams();
    const odd = session(99, 'tcp', 53, [[size(51)[0], text('no such thing was ever seen in this place')]]);
    const taken = kinOf([...sessions, odd], datagrams()).get('udp/53');
    expect(taken?.map(({ id }) => id)).toEqual(sessions.map(({ id }) => id));
  });

  it('give classes to a service that was never asked so, and count as none of its sessions', () => {
    const model = learn([...streams(), ...datagrams()]);
    const udp = model.services.find(({ transport }) => transport === 'udp');
    expect(udp?.training.sessions).toBe(6);
    expect(udp?.classes.some(({ example }) => Buffer.from(example).includes('weigh apple'))).toBe(true);
  });

  it('gives back what was said, whatever it was, when the length is put there and taken off', () => {
    const message = fc.uint8Array({ minLength: 1, maxLength: 60 });
    const said = fc.array(fc.tuple(message, message), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 5 }), (more) => {
        const sessions = more.map((pairs, i) => session(100 + i, 'tcp', 53, pairs));
        const taken = kinOf([...streams(), ...sessions], datagrams()).get('udp/53');
        const own = bytesOf(taken?.filter(({ id }) => id >= 100));
        expect(own).toEqual(more.map((pairs) => pairs.flat()));
      }),
      { numRuns: 50 },
    );
  });
});
