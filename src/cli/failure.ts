/** How a command ends when it can not do its work: one sentence on standard error and a status. */
import { CaptureError } from '../capture/index.js';
import { ModelError } from '../model/store/index.js';
import { ListenError } from '../net/index.js';
import { StoreError } from '../store/errors.js';

export const DONE = 0;
/** The work failed. */
export const FAILED = 1;
/** The command line or the input is wrong. */
export const WRONG = 2;

/** What a command gives up with. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: number;
  readonly code = 'command';

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The command line or the input is wrong. */
export function wrong(message: string): CommandError {
  return new CommandError(WRONG, message);
}

/** The exit status for an error, or null when nobody expected it. */
function statusOf(error: unknown): number | null {
  if (error instanceof CommandError) return error.status;
  if (error instanceof CaptureError) return WRONG;
  if (error instanceof ModelError) return error.code === 'locked' || error.code === 'unwritable' ? FAILED : WRONG;
  if (error instanceof StoreError) return ['locked', 'unwritable', 'unsupported'].includes(error.code) ? FAILED : WRONG;
  if (error instanceof ListenError) return error.code === 'conflict' ? WRONG : FAILED;
  return null;
}

/** What the system has to say, for errors that have a code of its own. */
function isSystem(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

/** Says it in one sentence, with a stack trace only where SCRIPTGEN_DEBUG is set, and gives the exit status. */
export function explainFailure(error: unknown): number {
  const status = statusOf(error);
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
  const isOurs = status === null && !isSystem(error);
  const sentence = isOurs ? `${message} (this is a fault of scriptgen itself; SCRIPTGEN_DEBUG=1 shows where)` : message;
  process.stderr.write(`scriptgen: ${sentence}\n`);
  if (process.env['SCRIPTGEN_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return status ?? FAILED;
}
