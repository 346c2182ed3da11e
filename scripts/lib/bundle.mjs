// Bundles the engine with its drivers into the one text that exported scripts carry.
import { build } from 'esbuild';
import { builtinModules } from 'node:module';
import { relative, sep } from 'node:path';

/** The bundle of the module at `entry` (JavaScript or TypeScript), which may use nothing but Node itself. */
export async function bundle(entry) {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'ascii',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'silent',
  });
  for (const input of Object.keys(metafile.inputs)) {
    if (input.split('/').includes('node_modules')) {
      throw new Error(`${relative('.', input).split(sep).join('/')} would become a part of exported scripts`);
    }
  }
  for (const output of Object.values(metafile.outputs)) {
    for (const { path } of output.imports) {
      if (!builtinModules.includes(path.replace(/^node:/, ''))) throw new Error(`exported scripts would need ${path}`);
    }
  }
  return outputFiles[0].text;
}
