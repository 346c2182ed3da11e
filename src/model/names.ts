/** What services are called in reports, in logs and on the command line. */
import type { ServiceModel } from './types.js';

/** The data sessions of a service: their ports are named in its answers. */
export function dataServiceOf(service: string): string {
  return `${service}/data`;
}

/** Whether a name is one of data sessions, which nobody can call by a port. */
export function isDataService(service: string): boolean {
  return service.split('/').length > 2;
}

/** As in `tcp/21`, or `tcp/21/data` for its data sessions. */
export function serviceName(service: Pick<ServiceModel, 'transport' | 'port' | 'named'>): string {
  return service.named ? dataServiceOf(service.named.by) : `${service.transport}/${service.port}`;
}
