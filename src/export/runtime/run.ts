/** An exported script at work: reads its command line and serves. */
import path from 'node:path';
import { seeded } from '../../bytes/random.js';
import { compile } from '../../emulate/index.js';
import { SCHEMA_VERSION, type Model } from '../../model/types.js';
import { ListenError } from '../../net/errors.js';
import { startServer } from '../../net/serve.js';
import { unpack, type Packed } from '../pack.js';
import { readArguments, type Request } from './arguments.js';
import { serveStdio } from './stdio.js';

/** Runs until the connection is over, or as long as the server is wanted; resolves to the exit status. */
export async function run(model: Packed, args: readonly string[], script: string): Promise<number> {
  const request = readArguments(args, model.services, path.basename(script));
  switch (request.kind) {
    case 'help':
      process.stdout.write(`${request.text}\n`);
      return 0;
    case 'wrong':
      process.stderr.write(`${request.text}\n`);
      return 2;
    case 'stdio': {
      const { seed, delays } = request.how;
      const random = seed === undefined ? Math.random : seeded(seed);
      await serveStdio(compile(unpack(request.service, model.literals)), random, delays);
      return 0;
    }
    case 'server':
      return serve(model, request);
  }
}

async function serve({ literals }: Packed, request: Extract<Request, { kind: 'server' }>): Promise<number> {
  const { host, listen, data, how } = request;
  const { seed, delays } = how;
  const services = [...listen.map(({ service }) => service), ...data].map((service) => unpack(service, literals));
  const model: Model = { schema: SCHEMA_VERSION, options: {}, services };
  const map = new Map(listen.map(({ service, port }) => [service.name, port]));
  const ended = new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve));
  // A reader of our output that goes away is no reason to stop serving.
  process.stdout.on('error', () => undefined);
  try {
    const random = seed === undefined ? Math.random : seeded(seed);
    const server = await startServer(model, { host, map, delays, random });
    const places = server.addresses.map(({ service, address, port }) => `${service} at ${address} port ${port}`);
    process.stdout.write(`listening: ${places.join(', ')}\n`);
    await ended;
    await server.close();
    return 0;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
