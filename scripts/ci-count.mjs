#!/usr/bin/env node
// The last line of .ci/run: `N passed, M failed` over the tests and the judged protocols; the exit status too.
//
//   node scripts/ci-count.mjs STATUS_OF_NPM_TEST STATUS_OF_THE_JUDGE TESTS.json JUDGE.json
import { existsSync, readFileSync } from 'node:fs';

const [tests, judge] = process.argv.slice(2, 4).map(Number);
const [testFile, judgeFile] = process.argv.slice(4);
const read = (file) => (file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);
let passed = 0;
let failed = 0;

const report = read(testFile);
if (report !== undefined) {
  passed += report.numPassedTests;
  failed += report.numFailedTests;
}
const failedInTests = failed;
// npm test also builds, checks types, lints and checks the format; vitest may fail without a failed test
if (tests !== 0 && failedInTests === 0) failed += 1;

const outcome = read(judgeFile);
if (outcome !== undefined) {
  failed += outcome.below.length;
  passed += outcome.results.length - outcome.below.length;
}
if (judge !== 0 && (outcome?.below.length ?? 0) === 0) failed += 1;

if (report === undefined || report.numTotalTests === 0) {
  console.log('No test was run.');
  if (failed === 0) failed = 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
