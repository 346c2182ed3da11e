import { describe, expect, it } from 'vitest';
import type { ServiceModel } from '../model/types.js';
import { Buses } from './buses.js';

function service(port: number, opened?: ServiceModel['opened']): ServiceModel {
  return {
    transport: 'tcp',
    port,
    server: '192.0.2.1',
    framing: { silence: 200 },
    classes: [],
    states: [{ id: 0, classes: [], answer: [], close: 'stay', samples: 1, confidence: 1, transitions: [] }],
    ...(opened ? { opened } : {}),
    training: { sessions: 1, conversations: 1, leftOut: {}, remarks: [] },
  };
}

describe('signal buses', () => {
  const services = [service(7), service(44, { by: [{ service: 'tcp/7', states: [3] }], once: true })];

  it('a port without a guard is open to everybody', () => {
    expect(new Buses(services).isOpen('10.0.0.1', 'tcp/7')).toBe(true);
  });

  it('a guarded port opens for the source that reached the state, and for nobody else', () => {
    const buses = new Buses(services);
    expect(buses.isOpen('10.0.0.1', 'tcp/44')).toBe(false);
    buses.reached('10.0.0.1', 'tcp/7', 2);
    expect(buses.isOpen('10.0.0.1', 'tcp/44')).toBe(false);
    buses.reached('10.0.0.1', 'tcp/7', 3);
    expect(buses.isOpen('10.0.0.1', 'tcp/44')).toBe(true);
    expect(buses.isOpen('10.0.0.2', 'tcp/44')).toBe(false);
  });

  it('it closes again after one session where it did in training', () => {
    const buses = new Buses(services);
    buses.reached('10.0.0.1', 'tcp/7', 3);
    buses.ended('10.0.0.1', 'tcp/44');
    expect(buses.isOpen('10.0.0.1', 'tcp/44')).toBe(false);
  });
});
