import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Command, Dialogue } from '../../emulate/index.js';
import { converse } from './streams.js';

const send = (text: string, delay = 0): Command => ({ kind: 'send', bytes: fromLatin1(text), delay, freshPort: false });
const close: Command = { kind: 'close', how: 'fin' };

/** Answers each event with its name, and waits for more where the client says so. */
const echo = (extra: (said: string) => Command[] = () => []): Dialogue => ({
  closed: false,
  open: () => [send('open ')],
  receive: (bytes) => [send(`${toLatin1(bytes)} `), ...extra(toLatin1(bytes))],
  silence: () => [send('silence ')],
  end: () => [send('end'), close],
  leave: () => undefined,
  feed: () => [],
  hear: () => [],
  dataEnded: () => [],
  settle: () => [],
  pending: new Uint8Array(0),
});

/** Plays what `client` does; what was answered. */
async function talk(
  dialogue: Dialogue,
  client: (input: PassThrough) => Promise<void> | void,
  answer: (text: string) => Promise<void> = () => Promise.resolve(),
  delays = false,
): Promise<string> {
  let heard = '';
  const input = new PassThrough();
  // standard output, too, outlives its errors
  const output = new Writable({
    autoDestroy: false,
    write: (bytes: Uint8Array, _, done) => {
      const text = toLatin1(bytes);
      answer(text).then(
        () => {
          heard += text;
          done();
        },
        (error: unknown) => done(error as Error),
      );
    },
  });
  const over = converse(dialogue, input, output, delays);
  await client(input);
  await over;
  return heard;
}

describe('one connection on two streams', () => {
  it('the server speaks first, and answers until the client ends', async () => {
    const heard = await talk(echo(), async (input) => {
      await sleep(5);
      input.write('a');
      await sleep(5);
      input.end('b');
    });
    expect(heard).toBe('open a b end');
  });

  it('silence is noticed', async () => {
    const wait: Command = { kind: 'wait', milliseconds: 20 };
    const dialogue = echo(() => [wait]);
    const heard = await talk(dialogue, async (input) => {
      input.write('a');
      await sleep(60);
      input.end();
    });
    expect(heard).toBe('open a silence end');
  });

  it('bytes that arrive break the silence', async () => {
    const wait: Command = { kind: 'wait', milliseconds: 40 };
    const heard = await talk(
      echo((said) => (said === 'a' ? [wait] : [])),
      async (input) => {
        input.write('a');
        await sleep(10);
        input.write('b');
        await sleep(60);
        input.end();
      },
    );
    expect(heard).toBe('open a b end');
  });

  it('when the server closes, nothing more is said', async () => {
    const heard = await talk(
      echo((said) => (said === 'bye' ? [close] : [])),
      async (input) => {
        input.write('bye');
        await sleep(5);
        input.write('more');
      },
    );
    expect(heard).toBe('open bye ');
  });

  it('a client that does not read is not read from', async () => {
    let release: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => (release = resolve));
    const heard = await talk(
      echo(),
      async (input) => {
        for (let i = 0; i < 100; i++) {
          input.write('x'.repeat(100_000));
          await sleep(0);
        }
        expect(input.readableLength + input.writableLength).toBeGreaterThan(8_000_000);
        release();
        input.end();
      },
      () => stuck,
    );
    expect(heard.replaceAll(/[x ]+/g, ' ')).toBe('open end');
  });

  it('a client that is gone ends it quietly', async () => {
    const heard = await talk(
      echo(),
      (input) => void input.write('a'),
      (text) => (text === 'a ' ? Promise.reject(new Error('EPIPE')) : Promise.resolve()),
    );
    expect(heard).toBe('open ');
  });

  it('answers come after the time that the recorded server took, in order', async () => {
    const began = performance.now();
    const dialogue: Dialogue = { ...echo(), open: () => [send('slow ', 50), send('fast ')] };
    const heard = await talk(dialogue, (input) => void input.end('a'), undefined, true);
    expect(heard).toBe('slow fast a end');
    expect(performance.now() - began).toBeGreaterThan(45);
  });
});
