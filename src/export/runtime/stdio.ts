/**
 * One connection on standard input and output: by hand, under inetd, or under honeyd, which starts a
 * process for each connection, gives it a socket as standard input and output, and says in the
 * environment who talks to whom [honeyd(8)].
 */
import { Socket } from 'node:net';
import type { CompiledService } from '../../emulate/index.js';
import type { Environment, ServiceModel } from '../../model/types.js';
import { DEFAULT_LIMITS } from '../../net/limits.js';
import { plainAddress } from '../../net/address.js';
import { exchange, isDatagramSocket } from './datagrams.js';
import { converse } from './streams.js';

/** Plays one connection; resolves when it is over. */
export async function serveStdio(compiled: CompiledService, random: () => number, delays: boolean): Promise<void> {
  const { stdin, stdout } = process;
  const dialogue = compiled.dialogue(environmentOf(compiled.service, stdin, process.env), random);
  if (compiled.service.transport !== 'udp' || !isDatagramSocket(stdin)) {
    await converse(dialogue, stdin, stdout, delays);
    return;
  }
  await exchange(dialogue, delays, DEFAULT_LIMITS.datagramIdle);
  process.kill(process.pid, 'SIGTERM');
}

/** The two ends of the connection: as honeyd says, else as the socket says, else as recorded. */
function environmentOf(service: ServiceModel, stdin: unknown, variables: NodeJS.ProcessEnv): Environment {
  const socket = stdin instanceof Socket ? stdin : undefined;
  const port = (text: string | undefined): number | undefined =>
    text !== undefined && /^[1-9]\d{0,4}$/.test(text) && Number(text) < 65_536 ? Number(text) : undefined;
  const address = (text: string | undefined): string | undefined => (text ? plainAddress(text) : undefined);
  return {
    client: {
      address: address(variables['HONEYD_IP_SRC']) ?? address(socket?.remoteAddress) ?? '127.0.0.1',
      port: port(variables['HONEYD_SRC_PORT']) ?? socket?.remotePort ?? 0,
    },
    server: {
      address: address(variables['HONEYD_IP_DST']) ?? address(socket?.localAddress) ?? service.server,
      port: port(variables['HONEYD_DST_PORT']) ?? socket?.localPort ?? service.port,
    },
  };
}
