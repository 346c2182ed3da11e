#!/usr/bin/env node
// The end of `npm run build`, after the compiler: the command becomes a program, and the engine one text for exports.
import { build } from 'esbuild';
import { chmodSync, writeFileSync } from 'node:fs';
import { at } from './lib/project.mjs';
import { bundle } from './lib/bundle.mjs';

writeFileSync(at('dist', 'export', 'runtime.mjs'), await bundle(at('dist', 'export', 'runtime', 'main.js')));

// Finding and loading some two hundred modules takes longer than a short command has to do: all of ours become one file.
// What comes from packages stays there. `tsc` alone leaves the modules apart, as a profile wants to have them.
const command = at('dist', 'cli', 'main.js');
await build({
  entryPoints: [command],
  outfile: command,
  allowOverwrite: true,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
chmodSync(command, 0o755);
