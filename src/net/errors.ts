/** What can stand in the way of listening, in words that say the mend. */

/**
 * - `busy`: the port is taken.
 * - `forbidden`: the port needs privileges.
 * - `elsewhere`: the address is not one of this machine.
 * - `conflict`: two services of the model want the same port, or a mapping fits no service.
 * - `failed`: anything else that the system said.
 */
export type ListenErrorCode = 'busy' | 'forbidden' | 'elsewhere' | 'conflict' | 'failed';

/** A server that can not start; the message is one sentence for people. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: ListenErrorCode;

  constructor(code: ListenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The system's code of an error (`EADDRINUSE`), or nothing. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What the system said about a port, as a sentence. */
export function listenError(error: unknown, service: string, host: string, port: number): ListenError {
  const [transport = ''] = service.split('/');
  const cause = { cause: error };
  const move = `move the service with --map ${service}=PORT`;
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new ListenError(
        'busy',
        `${service}: ${transport} port ${port} at ${host} is taken by another program; stop that one, or ${move}`,
        cause,
      );
    case 'EACCES':
    case 'EPERM':
      return new ListenError(
        'forbidden',
        `${service}: ${transport} port ${port} at ${host} is not allowed to this user; run as root, or ${move}`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return new ListenError(
        'elsewhere',
        `${service}: ${host} is not an address of this machine; give one with --host, or add it to an interface first`,
        cause,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ListenError(
        'elsewhere',
        `${service}: ${host} is not a known name or address; give an address of this machine with --host`,
        cause,
      );
    case 'EAFNOSUPPORT':
      return new ListenError(
        'elsewhere',
        `${service}: this machine has no IPv6; give an IPv4 address with --host`,
        cause,
      );
    default:
      return new ListenError(
        'failed',
        `${service}: can not listen on ${transport} port ${port} at ${host}: ${error instanceof Error ? error.message : String(error)}`,
        cause,
      );
  }
}
