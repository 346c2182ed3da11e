/** Data sessions on real sockets: at the port that the answer names, for whom it was named and nobody else. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toLatin1 } from '../bytes/bytes.js';
import { groupConversations } from '../capture/index.js';
import { learn, relate } from '../learn/index.js';
import type { Model } from '../model/types.js';
import { ENCODINGS, visits } from '../../tests/helpers/data-sessions.js';
import { PATIENCE } from '../../tests/helpers/patience.js';
import {
  all,
  cleanUp,
  connect,
  events,
  gone,
  HOST,
  portOf,
  running,
  serve,
  some,
  until,
} from '../../tests/helpers/sockets.js';
import { playConversation } from './player.js';
import { startServer } from './serve.js';
import type { RunningServer } from './serve.js';

let model: Model;
beforeAll(() => {
  model = learn(visits(24, ENCODINGS['a decimal number'] ?? String));
});
const sockets: net.Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await cleanUp();
});

/** A client that has said hello and may ask. */
class Visitor {
  readonly control: net.Socket;
  #heard = '';

  private constructor(control: net.Socket) {
    this.control = control;
    sockets.push(control);
    control.on('data', (bytes) => (this.#heard += bytes.toString('latin1')));
  }

  static async arrive(server: RunningServer): Promise<Visitor> {
    const control = await connect(server);
    const visitor = new Visitor(control);
    await visitor.hear('ready\r\n');
    return visitor;
  }

  /** Waits until this was said, and forgets all up to there. */
  async hear(text: string): Promise<string> {
    await until(() => this.#heard.includes(text));
    const end = this.#heard.indexOf(text) + text.length;
    const before = this.#heard.slice(0, end);
    this.#heard = this.#heard.slice(end);
    return before;
  }

  get unheard(): string {
    return this.#heard;
  }

  say(text: string): void {
    this.control.write(text);
  }

  async port(): Promise<number> {
    this.say('WHERE\r\n');
    return Number(/(\d+)/.exec(await this.hear(', now\r\n'))?.[1]);
  }
}

/** A connection to a port of the server's, also from another of this machine's addresses. */
async function enter(port: number, from = HOST): Promise<net.Socket> {
  const socket = net.connect({ host: HOST, port, localAddress: from, allowHalfOpen: true });
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** What happens to somebody who comes to a port. */
async function fate(port: number, from = HOST): Promise<'refused' | 'reset' | 'open'> {
  const socket = net.connect({ host: HOST, port, localAddress: from });
  let error = '';
  socket.on('error', (e: NodeJS.ErrnoException) => (error = e.code ?? ''));
  await Promise.race([once(socket, 'close').catch(() => undefined), sleep(PATIENCE, undefined, { ref: false })]);
  const isOpen = !socket.destroyed;
  socket.destroy();
  return isOpen ? 'open' : error === 'ECONNREFUSED' ? 'refused' : 'reset';
}

describe('a data session', () => {
  it('gives what was asked for, and then the rest is said', async () => {
    const server = await serve(null, {}, model);
    const visitor = await Visitor.arrive(server);
    for (const fruit of ['plum', 'pear', 'apple']) {
      const port = await visitor.port();
      const data = await enter(port);
      visitor.say(`GIVE ${fruit}\r\n`);
      expect(await all(data)).toBe(`all about the ${fruit}\n`);
      data.end();
      expect(await visitor.hear(' is out\r\n')).toBe(`soon\r\ndone, ${fruit} is out\r\n`);
      expect(await fate(port)).toBe('refused');
    }
    visitor.say('BYE\r\n');
    await visitor.hear('bye\r\n');
  });

  it('may be opened after the request', async () => {
    const server = await serve(null, {}, model);
    const visitor = await Visitor.arrive(server);
    const port = await visitor.port();
    visitor.say('GIVE plum\r\n');
    await visitor.hear('soon\r\n');
    await sleep(50);
    expect(visitor.unheard).toBe('');
    expect(await all(await enter(port))).toBe('all about the plum\n');
    await visitor.hear('done, plum is out\r\n');
  });

  it('takes any amount, and says so when the client has ended', async () => {
    const server = await serve(null, {}, model);
    const visitor = await Visitor.arrive(server);
    const data = await enter(await visitor.port());
    visitor.say('TAKE something\r\n');
    await visitor.hear('send\r\n');
    for (let i = 0; i < 100; i++) data.write(Buffer.alloc(10_000, i));
    await sleep(50);
    expect(visitor.unheard).toBe('');
    data.end();
    await visitor.hear('done, thank you\r\n');
    expect(events.filter((e) => e.event === 'note' && e.note.kind !== 'answered')).toEqual([]);
  });

  it('is for the source that it was named to, and for one session', async () => {
    const server = await serve(null, {}, model);
    const visitor = await Visitor.arrive(server);
    const port = await visitor.port();
    expect(await fate(port, '127.0.0.2')).toBe('reset');
    const data = await enter(port);
    expect(await fate(port)).toBe('refused');
    visitor.say('GIVE pear\r\n');
    expect(await all(data)).toBe('all about the pear\n');
    await visitor.hear('is out\r\n');
  });

  it('is closed when the control session ends, but for data that flow', async () => {
    const server = await serve(null, {}, model);
    const [one, other] = [await Visitor.arrive(server), await Visitor.arrive(server)];
    const [port, unused] = [await one.port(), await other.port()];
    const data = await enter(port);
    one.say('TAKE something\r\n');
    await one.hear('send\r\n');
    one.control.destroy();
    other.control.destroy();
    // the other one's control session is over; this one has something to say yet
    await until(() => server.stats.open === 2);
    expect(await fate(unused)).toBe('refused');
    data.write('still here');
    await sleep(30);
    expect(data.destroyed).toBe(false);
    data.end();
    await gone(data);
    await until(() => server.stats.open === 0);
  });

  it('is not waited for when its port was given up', async () => {
    const server = await serve(null, {}, model);
    const visitor = await Visitor.arrive(server);
    const first = await visitor.port();
    // the last of so many ports is the one that counts; a second connection asks for more than a source may have
    const greedy = await Visitor.arrive(server);
    visitor.say('GIVE plum\r\n');
    await visitor.hear('soon\r\n');
    for (let i = 0; i < 16; i++) await greedy.port();
    await visitor.hear('done, plum is out\r\n');
    expect(await fate(first)).toBe('refused');
  });
});

describe('a recorded conversation', () => {
  it.each(['a decimal number', 'two decimal bytes', 'two bytes, low one first'])(
    'is played again with its data sessions at the ports of today: %s',
    async (name) => {
      const write = ENCODINGS[name] ?? String;
      const server = await serve(null, {}, learn(visits(24, write)));
      const target = { host: HOST, map: new Map([['tcp/7000', portOf(server)]]), timeout: 1000, quiet: 50 };
      const wrong: string[] = [];
      for (const conversation of groupConversations(relate(visits(8, write, 5)))) {
        for (const { session, failure, exchanges } of await playConversation(conversation, target)) {
          if (failure !== null) wrong.push(failure);
          for (const { expected, given } of exchanges) {
            if (expected[0] !== 0x61 || session.dataOf) expect(toLatin1(given)).toBe(toLatin1(expected));
          }
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe('strangers', () => {
  it('get no more ports than there are for a source, however often they ask', async () => {
    const server = await serve(null, {}, model);
    const visitor = await Visitor.arrive(server);
    const ports: number[] = [];
    for (let i = 0; i < 40; i++) ports.push(await visitor.port());
    const open = (await Promise.all(ports.map((port) => fate(port, '127.0.0.3')))).filter((how) => how === 'reset');
    expect(open.length).toBeLessThanOrEqual(16 + 8);
    visitor.say('WHERE\r\n'.repeat(3000));
    visitor.say('BYE\r\n');
    await visitor.hear('bye\r\n');
    visitor.control.destroy();
    // somebody else is served as ever
    const next = await Visitor.arrive(server);
    const data = await enter(await next.port());
    next.say('GIVE plum\r\n');
    expect(await all(data)).toBe('all about the plum\n');
    expect(server.stats.errors).toBe(0);
  });

  it('keep nothing open when the server stops', async () => {
    const server = await serve(null, {}, model);
    const visitor = await Visitor.arrive(server);
    const [used, unused] = [await visitor.port(), await visitor.port()];
    const data = await enter(used);
    const over = gone(data);
    await server.close();
    await over;
    expect(await fate(used)).toBe('refused');
    expect(await fate(unused)).toBe('refused');
    expect(await fate(portOf(server))).toBe('refused');
  });

  it('find no listener for data sessions among the services', async () => {
    const server = await startServer(model, { host: HOST, map: new Map([['tcp/7000', 0]]) });
    running.push(server);
    expect(server.addresses.map(({ service }) => service)).toEqual(['tcp/7000']);
    expect(await some(await connect(server))).toBe('ready\r\n');
  });
});

describe('with a real host behind', () => {
  /** A real host of the same protocol that knows one word more; what was taken from data sessions goes into `taken`. */
  async function realHost(taken: string[]): Promise<number> {
    let data: net.Server | undefined;
    let give: string | null = null;
    const opened = new Set<net.Server>();
    const host = net.createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write('ready\r\n');
      socket.on('data', (bytes) => {
        const line = bytes.toString().trim();
        if (line === 'WHERE') {
          data = net.createServer((s) => {
            let text = '';
            s.on('error', () => undefined);
            s.on('data', (more) => (text += more.toString()));
            s.on('end', () => taken.push(text));
            if (give !== null) s.end(give);
          });
          opened.add(data);
          data.listen(0, HOST, () => {
            const { port } = data?.address() as net.AddressInfo;
            socket.write(`at port ${port}, now\r\n`);
          });
        } else if (line === 'SING') {
          give = 'la la la\n';
          socket.write('soon\r\n');
        } else socket.write(line.startsWith('TAKE') ? 'send\r\ndone, thank you\r\n' : 'what?\r\n');
      });
    });
    host.listen(0, HOST);
    await once(host, 'listening');
    running.push({
      close: () => {
        for (const server of [host, ...opened]) server.close();
        return Promise.resolve();
      },
    } as RunningServer);
    return (host.address() as net.AddressInfo).port;
  }

  it('holds a data session again that is over, and leads to those that the real host offers', async () => {
    const taken: string[] = [];
    const map = new Map([['tcp/2121', await realHost(taken)]]);
    const [service] = model.services;
    const name = `tcp/${service?.port ?? 0}`;
    const backend = { address: HOST, map: new Map([[name, map.get('tcp/2121') ?? 0]]), limits: { timeout: 1000 } };
    const visitor = await Visitor.arrive(await serve(null, { backend }, model));
    const port = await visitor.port();
    visitor.say('TAKE this\r\n');
    const upload = await enter(port);
    upload.end('a text that was sent\r\n');
    await visitor.hear('done, thank you\r\n');
    visitor.say('WHERE\r\n');
    await visitor.hear(', now\r\n');
    visitor.say('SING\r\n');
    await visitor.hear('soon\r\n');
    await until(() => taken.length > 0);
    expect(taken).toContain('a text that was sent\r\n');
    const song = await enter(await visitor.port());
    expect(await all(song)).toBe('la la la\n');
  });
});
