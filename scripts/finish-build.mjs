#!/usr/bin/env node
// The end of `npm run build`, after the compiler: the command becomes a program, and the engine one text for exports.
import { chmodSync, writeFileSync } from 'node:fs';
import { at } from './lib/project.mjs';
import { bundle } from './lib/bundle.mjs';

writeFileSync(at('dist', 'export', 'runtime.mjs'), await bundle(at('dist', 'export', 'runtime', 'main.js')));
chmodSync(at('dist', 'cli', 'main.js'), 0o755);
