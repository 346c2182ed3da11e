/** A service with those registers that its answers are made of, numbered anew. */
import type { Register, ServiceModel } from '../../model/types.js';

export function withRegisters(registers: readonly Register[], service: ServiceModel): ServiceModel {
  const ids: number[] = [];
  const walk = (value: unknown): unknown => {
    if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(walk);
    if ('kind' in value && value.kind === 'register' && 'id' in value && typeof value.id === 'number') {
      if (!ids.includes(value.id)) ids.push(value.id);
      return { ...value, id: ids.indexOf(value.id) };
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
  };
  if (registers.length === 0) return service;
  const states = walk(service.states) as ServiceModel['states'];
  const classes = walk(service.classes) as ServiceModel['classes'];
  const used = ids.flatMap((id) => registers[id] ?? []);
  return used.length === 0 ? service : { ...service, states, classes, registers: used };
}
