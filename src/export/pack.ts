/**
 * Services as text inside a script, and back: what the engine needs and nothing more, byte strings in the
 * escapes of the model's files, long ones once for all services.
 */
import { decode, encode } from '../model/store/encode.js';
import type { Json } from '../model/store/json.js';
import { serviceName } from '../model/names.js';
import type { ServiceModel } from '../model/types.js';

/** What a script holds. */
export interface Packed {
  readonly services: readonly PackedService[];
  /** Long byte strings in base64, by hash. */
  readonly literals: Readonly<Record<string, string>>;
}

/** One service; its machine stays text until it is asked for, since a script often plays one of several. */
export interface PackedService {
  /** As `tcp/21`. */
  readonly name: string;
  /** The machine in JSON. */
  readonly machine: string;
}

/** What a service is called on the command line and in reports. */
export function nameOf(service: Pick<ServiceModel, 'transport' | 'port' | 'named'>): string {
  return serviceName(service);
}

/** Packs services; what only people and refinement ask about stays behind. */
export function pack(services: readonly ServiceModel[]): Packed {
  const literals = new Map<string, Uint8Array>();
  const packed = services.map((service) => {
    const { sessions, conversations } = service.training;
    const bare: ServiceModel = { ...service, training: { sessions, conversations, leftOut: {}, remarks: [] } };
    return { name: nameOf(service), machine: JSON.stringify(encode(bare, literals)) };
  });
  return {
    services: packed,
    literals: Object.fromEntries([...literals].map(([hash, bytes]) => [hash, Buffer.from(bytes).toString('base64')])),
  };
}

/** The reverse, for one service. */
export function unpack(service: PackedService, literals: Packed['literals']): ServiceModel {
  const json = JSON.parse(service.machine) as Json;
  return decode(json, service.name, (hash, place) => {
    const text = literals[hash];
    if (text === undefined) throw new Error(`${service.name}: ${place} is missing: this file is damaged`);
    return new Uint8Array(Buffer.from(text, 'base64'));
  }) as ServiceModel;
}
