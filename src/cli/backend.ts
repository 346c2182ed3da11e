/** The options of `serve` that concern a real host behind the emulator. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { DEFAULT_BACKEND_LIMITS } from '../net/index.js';
import type { ServeOptions } from '../net/index.js';
import { wrong } from './failure.js';
import { duration, durationText, mapping, size, sizeText, wholeNumber } from './options.js';

/** As they come from the command line. */
export interface BackendWords {
  readonly backend?: string;
  readonly backendMap?: ReadonlyMap<string, number>;
  readonly backendMaxConnections: number;
  readonly backendMaxPerSource: number;
  readonly backendMaxBytes: number;
  readonly backendRate: number;
  readonly backendTimeout: number;
}

/** What the server is told of the real host, if there is one. */
export function backendOf(words: BackendWords): Pick<ServeOptions, 'backend'> {
  if (words.backend === undefined) {
    if (words.backendMap !== undefined)
      throw wrong('--backend-map says where services are at the host of --backend; give that too');
    return {};
  }
  return {
    backend: {
      address: words.backend,
      ...(words.backendMap === undefined ? {} : { map: words.backendMap }),
      limits: {
        connections: words.backendMaxConnections,
        perSource: words.backendMaxPerSource,
        bytes: words.backendMaxBytes,
        rate: words.backendRate,
        timeout: words.backendTimeout,
      },
    },
  };
}

/** Adds the options. */
export function addBackend(serve: Command): void {
  const { connections, perSource, bytes, rate, timeout } = DEFAULT_BACKEND_LIMITS;
  serve
    .option('--backend <address>', 'real host that takes over sessions in which something unknown is asked')
    .option(
      '--backend-map <service=port>',
      'where a service is at the real host, as in tcp/21=2121 (may be given again)',
      mapping,
    )
    .option('--backend-max-connections <n>', 'handed-over sessions at a time', wholeNumber(1), connections)
    .option(
      '--backend-max-per-source <n>',
      'handed-over sessions at a time from one address',
      wholeNumber(1),
      perSource,
    )
    .addOption(
      new Option('--backend-max-bytes <size>', 'what is passed on for one address, until it was away for an hour')
        .argParser(size)
        .default(bytes, sizeText(bytes)),
    )
    .addOption(
      new Option('--backend-rate <size>', 'the same each second; all addresses together get eight times as much')
        .argParser(size)
        .default(rate, sizeText(rate)),
    )
    .addOption(
      new Option('--backend-timeout <time>', 'what the real host gets to connect, and for each answer of a replay')
        .argParser(duration)
        .default(timeout, durationText(timeout)),
    );
}
