/**
 * Signals on the bus of a source [06 §4.2, figure 5]: what one session says that makes the server speak in another one.
 *
 * A signal is the name of the service where it was said, between two zeros, and the request. Where it is heard it is
 * a request like any other, but for its beginning, which no client says.
 */
import { concat, fromLatin1, startsWith, toLatin1 } from '../bytes/bytes.js';

const BEGINNING = /^\0(?:tcp|udp)\/\d{1,5}\0/;
const LONGEST = 16;
const FIRST = Uint8Array.of(0);

/** What is heard in other sessions when a request was said to a service, as in `tcp/6667`. */
export function signalOf(service: string, request: Uint8Array): Uint8Array {
  return concat([fromLatin1(`\0${service}\0`), request]);
}

export function isSignal(request: Uint8Array): boolean {
  return startsWith(request, FIRST, 0) && BEGINNING.test(toLatin1(request.subarray(0, LONGEST)));
}
