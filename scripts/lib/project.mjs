// Where things are, and what must be there before a script can work: packages installed, code built.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The built command, or another one that SCRIPTGEN names (an older build, a stand-in). */
export const command = resolve(process.env.SCRIPTGEN ?? join(root, 'dist', 'cli', 'main.js'));
export const at = (...parts) => join(root, ...parts);

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Are all packages there, in the versions that package.json pins? */
export function installed() {
  const wanted = read(at('package.json'));
  return Object.entries({ ...wanted.dependencies, ...wanted.devDependencies }).every(([name, version]) => {
    const path = at('node_modules', name, 'package.json');
    return existsSync(path) && read(path).version === version;
  });
}

const newest = (folder) =>
  readdirSync(folder, { withFileTypes: true }).reduce(
    (latest, entry) =>
      Math.max(
        latest,
        entry.isDirectory() ? newest(join(folder, entry.name)) : statSync(join(folder, entry.name)).mtimeMs,
      ),
    0,
  );

/** Is what was built younger than every source file? */
export const built = () => existsSync(command) && statSync(command).mtimeMs >= newest(at('src'));

/** Runs an npm command in the project; the exit status. */
export function run(args, { quiet = false, env = {} } = {}) {
  const done = spawnSync(npm, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (quiet && done.status !== 0) process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`);
  return done.status ?? 1;
}

/** Installs and builds where that is needed. Ends the script with a sentence when it can not be done. */
export function prepare({ build = true, say = console.log } = {}) {
  const [major] = process.versions.node.split('.');
  if (Number(major) < 20) {
    console.error(`This needs Node 20 or newer; this is ${process.version}.`);
    process.exit(1);
  }
  if (!installed()) {
    say('Installing packages (npm ci) …');
    if (run(['ci', '--no-fund', '--no-audit'], { quiet: true }) !== 0) {
      console.error('npm ci failed: see the lines above.');
      process.exit(1);
    }
  }
  if (build && process.env.SCRIPTGEN === undefined && !built()) {
    say('Building (npm run build) …');
    if (run(['run', '-s', 'build'], { quiet: true }) !== 0) {
      console.error('The build failed: see the lines above.');
      process.exit(1);
    }
  }
}

/** A copy of what is built, so that a long run is not disturbed by a new build; removed at the end. */
export function snapshot() {
  if (process.env.SCRIPTGEN !== undefined) return command;
  const folder = at('node_modules', '.cache', `scriptgen-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  cpSync(at('dist'), join(folder, 'dist'), { recursive: true });
  cpSync(at('package.json'), join(folder, 'package.json'));
  return join(folder, 'dist', 'cli', 'main.js');
}

/** The folder to work in: the one to keep, or a temporary one that goes with the script. */
export function folderFor(name, keep) {
  if (keep !== undefined) {
    mkdirSync(keep, { recursive: true });
    return resolve(keep);
  }
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
