/**
 * Refines the model of a running server with what the real host answered [06 §4.3]: when an activity has enough
 * handed-over conversations, `scriptgen refine --state --activity` is run as a process of its own, one at a time.
 * The server takes the new version as it takes any other, and a refinement that is killed leaves the old one.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import os from 'node:os';
import { z } from 'zod';
import type { Alert } from '../events/index.js';
import { serviceName } from '../model/names.js';
import { listVersions, versionOf } from '../model/store/index.js';
import type { Model } from '../model/types.js';
import type { Due, Learned, Lessons } from '../store/index.js';

/** Sessions after which an activity is learned where nothing else is said: docs/refine.md says what they bring. */
export const REFINE_AFTER = 10;

/** Milliseconds between looks. */
const LOOK = 1_000;
/** Milliseconds after which a conversation counts as over: its source may come back to what it has begun. */
const SETTLED = 2_000;
/** A refinement is followed by a rest of so many times as long as it took. */
const REST = 2;
/** Milliseconds, and bytes of its outcome, after which a refinement is given up. */
const TOO_LONG = 3_600_000;
const TOO_MUCH = 256 * 1024 * 1024;
/** Classes that a service may have got by refinements before a person has to go on. */
const MOST_GROWN = 1_024;
/** The system runs the server first. */
const LESS_URGENT = 10;

export interface Teaching {
  /** The model's folder, and the state folder. */
  readonly folder: string;
  readonly state: string;
  /** Samples. */
  readonly after: number;
  readonly quarantine: boolean;
  readonly replace: readonly (readonly [string, string])[];
}

/** What `refine --json` prints, as far as it matters here. */
const outcome = z.object({
  version: z.int(),
  taken: z.int(),
  sources: z.array(z.string()),
  refinement: z.object({ time: z.string() }).nullable(),
  services: z.array(z.object({ classes: z.int(), states: z.int(), holding: z.int() })),
});

type Outcome = z.infer<typeof outcome>;
type Refined = Extract<Alert, { event: 'refined' }>;

const stampsOf = ({ refined }: Model): string[] => refined?.refinements.map(({ time }) => time) ?? [];

const sum = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + n, 0);

export class Teacher {
  readonly #lessons: Lessons;
  readonly #teaching: Teaching;
  readonly #timer: NodeJS.Timeout;
  #model: Model;
  /** Activities with too few new things in their samples: how many samples they are to have, unless the model changes. */
  readonly #until = new Map<string, number>();
  #child: ChildProcess | undefined;
  #work: Promise<void> | undefined;
  #restUntil = 0;
  #isClosed = false;

  constructor(lessons: Lessons, model: Model, teaching: Teaching) {
    this.#lessons = lessons;
    this.#teaching = teaching;
    this.#model = model;
    this.takeModel(model);
    this.#timer = setInterval(() => this.#look(), LOOK).unref();
  }

  /** Another version is served. */
  takeModel(model: Model): void {
    this.#model = model;
    this.#until.clear();
    this.#lessons.holds(stampsOf(model));
  }

  /** Ends the refinement that is at work; it is begun again after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#child?.kill('SIGKILL');
    await this.#work;
  }

  #look(): void {
    if (this.#work || this.#isClosed || Date.now() < this.#restUntil) return;
    const due = this.#lessons
      .due(this.#teaching.after, Date.now() - SETTLED)
      .find(({ activity, count }) => count >= (this.#until.get(activity) ?? 0));
    if (!due) return;
    const began = Date.now();
    this.#work = this.#teach(due)
      .catch((error: unknown) => this.#failed(due, error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#work = undefined;
        this.#restUntil = Date.now() + REST * (Date.now() - began);
      });
  }

  async #teach(due: Due): Promise<void> {
    if (await this.#isForSomebody(due.activity)) {
      this.#lessons.passOver(due);
      return;
    }
    const service = this.#model.services.find((each) => serviceName(each) === due.service);
    const grown = (service?.classes.length ?? 0) - (service?.layers?.[0]?.classes ?? service?.classes.length ?? 0);
    if (grown >= MOST_GROWN) {
      this.#failed(due, `${grown} kinds of requests were added to ${due.service} already; go on with scriptgen refine`);
      return;
    }
    const { status, out, err } = await this.#run(due.activity);
    if (this.#isClosed) return;
    if (status === 0) this.#learned(due, outcome.parse(JSON.parse(out)));
    else this.#failed(due, reasonOf(err) || `the refinement ended with ${String(status)}`);
  }

  /** Whether its refinement waits for approval, or was undone: that is not for a program to do again. */
  async #isForSomebody(activity: string): Promise<boolean> {
    const latest = this.#lessons.latest(activity);
    if (!latest || stampsOf(this.#model).includes(latest.stamp)) return false;
    const versions = await listVersions(this.#teaching.folder);
    const its = versions.find(({ refinement }) => refinement?.time === latest.stamp);
    return its !== undefined && (its.status === 'earlier' || its.from === versionOf(this.#model));
  }

  #run(activity: string): Promise<{ status: number | null; out: string; err: string }> {
    const { folder, state, after, quarantine, replace } = this.#teaching;
    const [, script = ''] = process.argv;
    const child = spawn(
      process.execPath,
      [
        ...[...process.execArgv, script, 'refine', folder, '--state', state, '--activity', activity, '--json'],
        ...['--at-least', `${after}`],
        ...(quarantine ? ['--quarantine'] : []),
        ...replace.flatMap(([old, young]) => ['--replace', `${old}=${young}`]),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: TOO_LONG, killSignal: 'SIGKILL' },
    );
    this.#child = child;
    try {
      if (child.pid !== undefined) os.setPriority(child.pid, LESS_URGENT);
    } catch {
      // it is as urgent as the server then
    }
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.length > TOO_MUCH) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err = (err + text).slice(-4096)));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => {
        this.#child = undefined;
        resolve({ status, out, err });
      });
    });
  }

  #learned(due: Due, { version, taken, sources, refinement, services }: Outcome): void {
    const { after, quarantine } = this.#teaching;
    const holding = Math.max(0, ...services.map((each) => each.holding));
    if (refinement === null && holding > 0) {
      // what a source says beside it goes to the real host as well, and is nothing new
      this.#until.set(due.activity, due.count + Math.max(after - holding, due.count / 4));
      return;
    }
    const stamp = refinement?.time ?? stampsOf(this.#model).at(-1);
    const waits = refinement !== null && quarantine;
    const learned: Learned | null = stamp === undefined ? null : { activity: due.activity, version, stamp, waits };
    const alert = this.#alert(due, {
      severity: 'notice',
      version: refinement ? version : null,
      waits,
      samples: taken,
      sources,
      classes: sum(services.map((each) => each.classes)),
      states: sum(services.map((each) => each.states)),
      why: refinement
        ? `${taken} sessions were handed over to the real host`
        : 'the model knows all that was asked in them',
    });
    this.#lessons.tried(alert, due, learned);
    // the server may have taken it before this was known
    this.#lessons.holds(stampsOf(this.#model));
  }

  #failed(due: Due, why: string): void {
    if (this.#isClosed) return;
    const nothing = { version: null, waits: false, sources: [], classes: 0, states: 0 };
    const alert = this.#alert(due, { severity: 'warning', ...nothing, samples: due.sessions.length, why });
    this.#lessons.tried(alert, due, null);
  }

  #alert({ activity, service }: Due, rest: Omit<Refined, 'event' | 'time' | 'activity' | 'service'>): Refined {
    return { event: 'refined', time: Date.now(), service, activity, ...rest };
  }
}

/** The last line that a command said of its failure. */
function reasonOf(err: string): string {
  const last = err.trim().split('\n').at(-1) ?? '';
  return last.replace(/^scriptgen: /, '');
}
