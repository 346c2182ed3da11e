/** One connection on a pair of streams: the driver of the listeners, with streams in the place of a socket. */
import type { Readable, Writable } from 'node:stream';
import type { Dialogue } from '../../emulate/index.js';
import { Driver } from '../../net/driver.js';
import { DEFAULT_LIMITS } from '../../net/limits.js';

const { pauseAt } = DEFAULT_LIMITS;

/**
 * Plays a dialogue until either side ends it and everything said is delivered.
 *
 * @param delays whether answers wait as long as the recorded server took
 */
export function converse(dialogue: Dialogue, input: Readable, output: Writable, delays: boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      driver.stop();
      input.removeAllListeners('data').pause();
    };
    const finish = (): void => {
      stop();
      output.write(new Uint8Array(0), () => resolve());
    };
    // nothing is written any more then: standard output outlives its errors, and would only give one more
    const isGone = (): void => {
      stop();
      resolve();
    };
    const driver = new Driver(
      dialogue,
      {
        send: (bytes) => {
          output.write(bytes);
          if (output.writableLength > pauseAt) input.pause();
        },
        close: finish,
        note: () => undefined,
        broken: finish,
      },
      delays,
    );
    output.on('drain', () => input.resume());
    output.on('error', isGone);
    driver.open();
    input.on('data', (bytes: Uint8Array) => driver.receive(bytes));
    input.on('end', () => driver.end());
    input.on('error', isGone);
  });
}
