/** A bar on standard error while something takes long; nothing at all where nobody looks at a terminal. */
import { Bar, Presets } from 'cli-progress';

/** Shows how far a piece of work is. */
export interface Progress {
  /** @param done 0…1 */
  show(stage: string, done: number): void;
  stop(): void;
}

const SILENT: Progress = { show: () => undefined, stop: () => undefined };

/** Drawings per second. */
const FPS = 10;

/** A progress bar, if standard error is a terminal. */
export function progress(): Progress {
  if (!process.stderr.isTTY) return SILENT;
  // The cursor stays, because after Ctrl-C nobody would bring it back.
  const bar = new Bar(
    {
      format: '{bar} {percentage}% {stage}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: false,
      fps: FPS,
      linewrap: true,
    },
    Presets.shades_classic,
  );
  let isStarted = false;
  let drawn = 0;
  return {
    show(stage, done) {
      const now = Date.now();
      if (isStarted && now - drawn < 1000 / FPS) return;
      drawn = now;
      const percent = Math.min(100, Math.round(done * 100));
      if (isStarted) bar.update(percent, { stage });
      else bar.start(100, percent, { stage });
      isStarted = true;
      // Learning does not yield to the timer that would draw.
      bar.render();
    },
    stop() {
      if (isStarted) bar.stop();
    },
  };
}
