// The one-way arrows of ARCHITECTURE.md: a folder may import what stands above it, never what stands below.
const order = [
  'bytes',
  'capture',
  'model',
  'learn',
  'emulate',
  'events',
  'react',
  'store',
  'net',
  'evaluate',
  'export',
  'cli',
];
const never = (from, to) => ({
  name: `${from}-never-${to}`,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: '\\.test\\.ts$' },
  to: { path: `^src/${to}/` },
});
const forbidden = [{ name: 'no-circular', severity: 'error', from: {}, to: { circular: true } }];
order.forEach((from, i) => order.slice(i + 1).forEach((to) => forbidden.push(never(from, to))));
forbidden.push(never('emulate', 'learn'), never('net', 'learn'), never('model', 'capture-files'));
module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
