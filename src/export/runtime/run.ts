/** An exported script at work: reads its command line and serves. */
import path from 'node:path';
import { compile } from '../../emulate/index.js';
import { unpack, type Packed } from '../pack.js';
import { readArguments } from './arguments.js';
import { seeded } from './random.js';
import { serveStdio } from './stdio.js';

/** Runs until the connection is over, or as long as a server is wanted; resolves to the exit status. */
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
      return 1;
  }
}
