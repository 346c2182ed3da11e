/**
 * One connection on standard input and output: by hand, under inetd, or under honeyd, which starts a
 * process for each connection, gives it a socket as standard input and output, and says in the
 * environment who talks to whom [honeyd(8)].
 */
import { ReadStream, read, write } from 'node:fs';
import { Socket } from 'node:net';
import type { CompiledService } from '../../emulate/index.js';
import type { Environment, ServiceModel } from '../../model/types.js';
import { Conversation, feed, sendTo, type Send } from './conversation.js';

/** honeyd forgets a UDP exchange after so many milliseconds without a datagram, and tells nobody. */
const DATAGRAM_IDLE = 60_000;
const LARGEST_DATAGRAM = 65_536;
/** Pause before a descriptor that has nothing yet is read again. */
const AGAIN = 10;

const STDIN = 0;
const STDOUT = 1;

/** Plays one connection; resolves when it is over. */
export async function serveStdio(compiled: CompiledService, random: () => number, delays: boolean): Promise<void> {
  const { stdin } = process;
  const dialogue = compiled.dialogue(environmentOf(compiled.service, stdin), random);
  if (compiled.service.transport === 'udp' && isDatagramSocket(stdin)) {
    const conversation = new Conversation(dialogue, sendDatagram, delays);
    await exchangeDatagrams(conversation);
    // A read that waits for a datagram can not be called off and would hold up an orderly exit for ever.
    process.kill(process.pid, 'SIGTERM');
    return;
  }
  process.stdout.on('error', () => undefined);
  await feed(new Conversation(dialogue, sendTo(process.stdout), delays), stdin);
}

/** The two ends of the connection: as honeyd says, else as the socket says, else as recorded. */
export function environmentOf(
  service: ServiceModel,
  stdin: unknown,
  variables: NodeJS.ProcessEnv = process.env,
): Environment {
  const socket = stdin instanceof Socket ? stdin : undefined;
  const port = (text: string | undefined): number | undefined => {
    const number = Number(text);
    return text !== undefined && Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined;
  };
  const address = (text: string | undefined): string | undefined =>
    text?.replace(/^::ffff:(?=\d+\.)/i, '') || undefined;
  return {
    client: {
      address: variables['HONEYD_IP_SRC'] ?? address(socket?.remoteAddress) ?? '127.0.0.1',
      port: port(variables['HONEYD_SRC_PORT']) ?? socket?.remotePort ?? 0,
    },
    server: {
      address: variables['HONEYD_IP_DST'] ?? address(socket?.localAddress) ?? service.server,
      port: port(variables['HONEYD_DST_PORT']) ?? socket?.localPort ?? service.port,
    },
  };
}

/** Node has no stream for a Unix datagram socket; it puts an empty one in its place, of no kind of its own. */
function isDatagramSocket(stdin: unknown): boolean {
  return !(stdin instanceof Socket) && !(stdin instanceof ReadStream);
}

async function exchangeDatagrams(conversation: Conversation): Promise<void> {
  const buffer = new Uint8Array(LARGEST_DATAGRAM);
  let idle: NodeJS.Timeout | undefined;
  const stayAwake = (): void => {
    clearTimeout(idle);
    idle = setTimeout(() => conversation.abandon(), DATAGRAM_IDLE);
  };
  const next = (): void => {
    stayAwake();
    read(STDIN, buffer, 0, buffer.length, null, (error, length) => {
      if (error?.code === 'EAGAIN' || error?.code === 'EINTR') setTimeout(next, AGAIN);
      else if (error) conversation.abandon();
      else void conversation.receive(buffer.slice(0, length)).then(next);
    });
  };
  void conversation.open();
  next();
  await conversation.over;
  clearTimeout(idle);
}

/** One write is one datagram. An empty one would end the exchange, so it is kept back. */
const sendDatagram: Send = (bytes) =>
  new Promise((done, fail) => {
    if (bytes.length === 0) done();
    else write(STDOUT, bytes, (error) => (error ? fail(error) : done()));
  });
