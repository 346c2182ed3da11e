/** The options of `serve` that concern a real host behind the emulator. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { DEFAULT_BACKEND_LIMITS } from '../net/index.js';
import type { ServeOptions } from '../net/index.js';
import { wrong } from './failure.js';
import { addresses, duration, durationText, mapping, services, size, sizeText, wholeNumber } from './options.js';

/** As they come from the command line. */
export interface BackendWords {
  readonly backend?: string;
  readonly backendMap?: ReadonlyMap<string, number>;
  readonly backendFrom?: readonly string[];
  readonly backendPorts?: readonly { readonly transport: string; readonly port: number }[];
  readonly backendMaxConnections: number;
  readonly backendMaxPerSource: number;
  readonly backendMaxBytes: number;
  readonly backendRate: number;
  readonly backendFollow: number;
  readonly backendTimeout: number;
}

/** What the server is told of the real host, if there is one. */
export function backendOf(words: BackendWords): Pick<ServeOptions, 'backend'> {
  if (words.backend === undefined) {
    if (words.backendMap ?? words.backendFrom ?? words.backendPorts)
      throw wrong('--backend-map, --backend-from and --backend-ports are about the host of --backend; give that too');
    return {};
  }
  return {
    backend: {
      address: words.backend,
      ...(words.backendMap === undefined ? {} : { map: words.backendMap }),
      ...(words.backendFrom?.[0] === undefined ? {} : { from: words.backendFrom[0] }),
      ...(words.backendPorts === undefined ? {} : { ports: words.backendPorts.map(({ port }) => port) }),
      limits: {
        connections: words.backendMaxConnections,
        perSource: words.backendMaxPerSource,
        bytes: words.backendMaxBytes,
        rate: words.backendRate,
        follow: words.backendFollow,
        timeout: words.backendTimeout,
      },
    },
  };
}

/** Adds the options. */
export function addBackend(serve: Command): void {
  const { connections, perSource, bytes, rate, follow, timeout } = DEFAULT_BACKEND_LIMITS;
  serve
    .option('--backend <address>', 'real host that takes over sessions in which something unknown is asked')
    .option(
      '--backend-map <service=port>',
      'where a service is at the real host, as in tcp/21=2121 (may be given again)',
      mapping,
    )
    .option('--backend-from <address>', 'address of this machine from which the real host is spoken to', addresses)
    .option(
      '--backend-ports <services>',
      'ports that an unknown activity may open there, beside those that refused connections in training, as in tcp/4444',
      services,
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
      new Option(
        '--backend-follow <time>',
        'how long new sessions of an address go there too, after the one in which it asked something unknown',
      )
        .argParser(duration)
        .default(follow, durationText(follow)),
    )
    .addOption(
      new Option('--backend-timeout <time>', 'what the real host gets to connect, and for each answer of a replay')
        .argParser(duration)
        .default(timeout, durationText(timeout)),
    );
}
