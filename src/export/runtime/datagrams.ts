/**
 * Datagrams on standard input and output, as honeyd hands them to a script: a Unix datagram socket, for
 * which Node has no stream.
 */
import { ReadStream, read, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Dialogue } from '../../emulate/index.js';
import { Driver } from '../../net/driver.js';
import { codeOf } from '../../net/errors.js';

const STDIN = 0;
const STDOUT = 1;
const LARGEST = 65_536;
/** Pause before a descriptor that has nothing yet is read again. */
const AGAIN = 10;

/** Whether standard input is a socket of datagrams. Node puts an empty stream in its place, of no kind of its own. */
export function isDatagramSocket(stdin: unknown): boolean {
  return !(stdin instanceof Socket) && !(stdin instanceof ReadStream);
}

/**
 * Plays a dialogue until nothing has come for `idle` milliseconds: whoever forgets the exchange tells nobody.
 *
 * A read that waits for a datagram can not be called off, so the process has to be ended by a signal then.
 */
export function exchange(dialogue: Dialogue, delays: boolean, idle: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      driver.stop();
      resolve();
    };
    const timer = setTimeout(finish, idle);
    const driver = new Driver(
      dialogue,
      {
        send: (bytes) => {
          // an empty write would tell honeyd that the script has ended
          if (bytes.length > 0 && !put(bytes)) finish();
        },
        close: finish,
        note: () => undefined,
        broken: finish,
      },
      delays,
    );
    const buffer = new Uint8Array(LARGEST);
    const next = (): void => {
      read(STDIN, buffer, 0, buffer.length, null, (error, length) => {
        if (error) {
          if (['EAGAIN', 'EINTR'].includes(codeOf(error))) setTimeout(next, AGAIN);
          else finish();
          return;
        }
        timer.refresh();
        driver.receive(buffer.slice(0, length));
        next();
      });
    };
    driver.open();
    next();
  });
}

/** Whether there is still somebody to take the datagram. One that finds no room is lost, as datagrams are. */
function put(bytes: Uint8Array): boolean {
  try {
    writeSync(STDOUT, bytes);
    return true;
  } catch (error) {
    return ['EAGAIN', 'EINTR', 'EMSGSIZE'].includes(codeOf(error));
  }
}
