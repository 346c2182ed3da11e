import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.js';
import type { PackedService } from '../pack.js';

const one: PackedService[] = [{ name: 'tcp/21', machine: '' }];
const two: PackedService[] = [...one, { name: 'udp/53', machine: '' }];
const read = (line: string, services = one) =>
  readArguments(
    line.split(' ').filter((word) => word !== ''),
    services,
    'it.mjs',
  );
const ports = (line: string, services = one) => {
  const request = read(line, services);
  return request.kind === 'server'
    ? request.listen.map(({ service, port }) => `${service.name}=${port}`).join(' ')
    : request;
};

describe('the command line of a script', () => {
  it('serves everything on the recorded ports of the loopback', () => {
    expect(read('', two)).toMatchObject({ kind: 'server', host: '127.0.0.1' });
    expect(ports('', two)).toBe('tcp/21=21 udp/53=53');
  });

  it('moves services to other ports', () => {
    expect(ports('--host 10.8.0.2 --port 2121')).toBe('tcp/21=2121');
    expect(ports('--map udp/53=5353', two)).toBe('tcp/21=21 udp/53=5353');
    expect(ports('--service udp/53 --port 5353', two)).toBe('udp/53=5353');
  });

  it('plays one connection of one service', () => {
    expect(read('--stdio')).toMatchObject({ kind: 'stdio', service: one[0], how: { delays: false } });
    expect(read('--stdio --service udp/53 --delays --seed 7', two)).toEqual({
      kind: 'stdio',
      service: two[1],
      how: { delays: true, seed: 7 },
    });
  });

  it.each([
    '--what',
    'word',
    '--port',
    '--port 70000',
    '--port x',
    '--port 1',
    '--map tcp/21',
    '--map tcp/22=1',
    '--map tcp/21=x',
    '--service tcp/22',
    '--stdio',
    '--stdio --service tcp/21 --port 1',
    '--stdio --service tcp/21 --host ::1',
    '--stdio --service tcp/21 --map tcp/21=1',
    '--seed x --stdio --service tcp/21',
  ])('refuses %s with one sentence', (line) => {
    const request = read(line, two);
    expect(request.kind).toBe('wrong');
    expect(request.kind === 'wrong' ? request.text : '\n').toMatch(/^.+[^.]$/);
  });

  it('explains itself', () => {
    expect(read('--help', two)).toMatchObject({ kind: 'help' });
  });
});
