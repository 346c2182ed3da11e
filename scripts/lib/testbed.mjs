// The testbed: its protocols and the project's own further ones, and stages on which real servers, emulators and clients meet.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dropNamespace, end, pause, run, start, useNamespace } from './processes.mjs';
import { at } from './project.mjs';

/** Where the real server listens, and where an emulator does. */
export const REAL = '10.8.0.1';
export const EMULATED = '10.8.0.2';
export const testbedFolder = resolve(process.env.TESTBED ?? at('..', 'shared', 'testbed'));
export const captureFolder = resolve(process.env.TESTBED_CAPTURES ?? at('..', 'shared', 'captures', 'testbed'));
export const testbed = join(testbedFolder, 'testbed');

/** The project's own further protocols, in the testbed's form, and where their captures are kept once they are recorded. */
const furtherFolder = at('scripts', 'protocols');
const furtherCaptures = resolve(process.env.FURTHER_CAPTURES ?? at('node_modules', '.cache', 'captures'));
/** Protocols that the testbed is told of beside its own. */
const extraFolders = [...(process.env.TESTBED_PROTOCOLS ?? '').split(':').filter((path) => path !== ''), furtherFolder];

/** The environment in which the testbed's command finds all of them. */
export const testbedEnv = { ...process.env, TESTBED_PROTOCOLS: extraFolders.join(':') };

/** Where the `protocol.json`, server and client of a protocol are. */
export const folderOf = (protocol) =>
  [join(testbedFolder, 'protocols'), ...extraFolders]
    .map((folder) => join(folder, protocol))
    .find((folder) => existsSync(join(folder, 'protocol.json'))) ?? join(testbedFolder, 'protocols', protocol);

export const captureOf = (protocol) => {
  const own = join(captureFolder, `${protocol}.pcap`);
  const isFurther = !existsSync(own) && folderOf(protocol).startsWith(furtherFolder);
  return isFurther ? join(furtherCaptures, `${protocol}.pcap`) : own;
};

/** The names of the project's own further protocols. */
export const further = () =>
  readdirSync(furtherFolder)
    .filter((name) => existsSync(join(furtherFolder, name, 'protocol.json')))
    .sort();

/** Records 50 sessions of a further protocol with the real server, where that was not done before. */
export async function recorded(protocol) {
  const file = captureOf(protocol);
  if (existsSync(file) || !file.startsWith(furtherCaptures)) return;
  mkdirSync(furtherCaptures, { recursive: true });
  const stage = openStage(`record-${process.pid}-${protocol}`);
  const part = `${file}.part`;
  try {
    const done = await stage.testbed(['capture', protocol, '-n', '50', '-o', part]);
    if (done.code !== 0) throw new Error(`${protocol} was not recorded: ${lastLine(done.out + done.err)}`);
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
    await stage.close();
  }
}

/** The names of all protocols of the testbed. */
export function protocols() {
  if (!existsSync(testbed)) throw new Error(`no testbed at ${testbedFolder}: set TESTBED to its folder`);
  const said = spawnSync(testbed, ['list'], { encoding: 'utf8' });
  if (said.status !== 0) throw new Error(`testbed list failed: ${said.stderr}`);
  return said.stdout
    .split('\n')
    .map((line) => line.split(' ')[0])
    .filter((name) => name !== '');
}

/** What `protocol.json` says. */
export const about = (protocol) => JSON.parse(readFileSync(join(folderOf(protocol), 'protocol.json'), 'utf8'));

export const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';

/** Learns a model with the built command at `command`; throws with the reason when that fails. */
export async function learn({ command, capture, model, first, options = [] }) {
  if (!existsSync(capture)) throw new Error(`no capture ${capture}`);
  const limited = first === undefined ? [] : ['--first', `${first}`];
  rmSync(model, { recursive: true, force: true });
  const learned = await run(process.execPath, [command, 'learn', capture, '-o', model, ...limited, ...options]);
  if (learned.code !== 0) throw new Error(`learn ended with ${learned.code ?? 'a signal'}: ${lastLine(learned.err)}`);
  return learned;
}

/** Resolves to the ready line, or throws with what the process said instead. */
function ready(child, what, timeout) {
  return new Promise((done, fail) => {
    let out = '';
    let err = '';
    const timer = setTimeout(
      () => fail(new Error(`${what} was not ready in ${timeout / 1000} s: ${lastLine(err)}`)),
      timeout,
    );
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
      if (out.includes('\n')) {
        clearTimeout(timer);
        done(out.split('\n')[0]);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (err = (err + text).slice(-4000)));
    child.on('error', fail);
    child.on('exit', (code) => {
      clearTimeout(timer);
      fail(new Error(`${what} ended with ${code} before it was ready: ${lastLine(err)}`));
    });
  });
}

/**
 * A network namespace of the testbed with a name of its own. Whatever still runs in it ends with `close()`,
 * and with the script.
 */
export function openStage(name) {
  const namespace = name.slice(0, 60);
  // what servers and clients leave behind when they are killed goes with the stage; some run as somebody else
  const folder = mkdtempSync(join(tmpdir(), 'stage-'));
  chmodSync(folder, 0o755);
  const env = {
    ...testbedEnv,
    TESTBED_NAMESPACE: namespace,
    TMPDIR: folder,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const servers = [];
  useNamespace(namespace, () => {
    spawnSync(testbed, ['down'], { env, stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  async function up(what, args, { patience, signal }) {
    const child = start(testbed, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const server = { said: '', heard: '', gone: undefined, stop: () => end(child, patience, signal) };
    servers.push(server);
    child.stderr.on('data', (text) => (server.said = (server.said + text).slice(-20_000)));
    child.on('exit', (code) => (server.gone = code ?? 'a signal'));
    await ready(child, what, 60_000);
    child.stdout.on('data', (text) => (server.heard = (server.heard + text).slice(-20_000)));
    return server;
  }

  return {
    env,
    folder,
    /** Runs the testbed's own command to its end. */
    testbed: (args, options = {}) => run(testbed, args, { ...options, env: { ...env, ...options.env } }),
    /** Runs a command inside the namespace to its end. */
    run: (args, options = {}) => run(testbed, ['exec', ...args], { ...options, env: { ...env, ...options.env } }),
    /** Starts a command inside the namespace. */
    start: (args, options = {}) => start(testbed, ['exec', ...args], { ...options, env: { ...env, ...options.env } }),
    /** The real server of a protocol. It takes its files with it only when it is interrupted. */
    real: (protocol) => up(`the ${protocol} server`, ['serve', protocol], { patience: 12_000, signal: 'SIGINT' }),
    /** An emulator, with the built command at `command`. */
    emulator: ({ command, model, options = [] }) =>
      up('serve', ['exec', process.execPath, command, 'serve', model, '--host', EMULATED, ...options], {}),
    /** Records all that is said in the namespace, until `stop()`. */
    async record(file) {
      const tcpdump = ['tcpdump', '-i', 'lo', '-U', '-B', '8192', '-s', '0', '-Z', 'root', '-w', file];
      const child = start(testbed, ['exec', ...tcpdump, 'net', '10.8.0.0/16'], { env, stdio: 'ignore' });
      await pause(1500);
      return {
        stop: async () => {
          await pause(1000);
          await end(child);
        },
      };
    },
    /** Connections to `target` now come from the number-th client address. */
    from: (target, number) => {
      const address = `10.9.${Math.floor(number / 250) % 250}.${(number % 250) + 1}`;
      const route = ['ip', 'route', 'replace', 'local', target, 'dev', 'lo', 'table', 'local', 'src', address];
      return run(testbed, ['exec', ...route], { env });
    },
    async close() {
      for (const server of servers) await server.stop();
      dropNamespace(namespace);
    },
  };
}

/**
 * Learns a capture and plays against what was learned.
 *
 * @param said the command's options `learn-options`, `first` and `keep`
 * @returns what `play` gave, how long learning took, and why the emulator ended early, if it did
 */
export async function learnAndPlay(stage, { protocol, command, capture, folder, said }, play) {
  const model = join(folder, `${protocol}.model`);
  const words = said['learn-options'].split(/\s+/).filter((word) => word !== '');
  const { seconds } = await learn({ command, capture, model, first: said.first, options: words });
  const log = said.keep === undefined ? [] : ['--log', join(folder, `${protocol}.log`), '--json'];
  const server = await stage.emulator({ command, model, options: log });
  const learned = await play();
  return { learned, learnSeconds: seconds, why: server.gone === undefined ? '' : `serve ended with ${server.gone}` };
}
