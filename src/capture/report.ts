/** The tally of what was seen and what could not be used. */
import type { CaptureReport } from './types.js';

/** An empty report, to be handed to `readSessions` and read afterwards. */
export function newReport(): CaptureReport {
  return { files: [], packets: 0, leftOut: new Map(), sessions: new Map(), warnings: [] };
}

/** More causes than this are lumped together, so that odd input cannot grow the report without end. */
const MOST_CAUSES = 200;
const MOST_WARNINGS = 1000;

/** Counts something that could not be used under its cause. */
export function leaveOut(report: CaptureReport, cause: string, count = 1): void {
  const known = report.leftOut.get(cause);
  if (known === undefined && report.leftOut.size >= MOST_CAUSES) cause = 'other causes';
  report.leftOut.set(cause, (report.leftOut.get(cause) ?? 0) + count);
}

/** Adds a sentence for people. */
export function warn(report: CaptureReport, sentence: string): void {
  if (report.warnings.length < MOST_WARNINGS) report.warnings.push(sentence);
}
