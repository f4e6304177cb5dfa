import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endSteps, runStep, type Ended, type Step } from './step';

/** One run of the tests: its steps, how each ended, and what has to be undone after it. */
export class Run {
  readonly ended: Ended[] = [];
  /** The suites of which there will be no report. */
  readonly skippedSuites: string[] = [];
  isStopped = false;
  readonly #undo = new Map<string, Step>();
  readonly #undoing = new Map<string, Promise<Ended>>();

  constructor(
    readonly results: string,
    readonly write: (text: string) => void,
  ) {}

  /** Runs a step whose success is one test of the run. Says whether it passed. */
  async check(step: Step): Promise<boolean> {
    const { code } = await this.work(step);
    this.record(step.name, code === 0);
    return code === 0;
  }

  /** Notes a check that passed without a run of its own. */
  pass(name: string, why: string): boolean {
    this.write(`[test] ${name}: passed, ${why}\n`);
    this.ended.push({ name, code: 0, seconds: 0, cpuSeconds: 0 });
    this.record(name, true);
    return true;
  }

  /** Notes a suite that cannot run here, spec by spec. A run with such a suite has not tried all, and fails at its end. */
  skip(suite: string, specs: readonly string[], why: string): void {
    this.write(`[test] ${suite}: SKIPPED: ${why}\n`);
    this.skippedSuites.push(suite);
    for (const spec of specs) this.#record(`${suite} ${spec.replaceAll('/', ' ')}`, 'skipped');
  }

  /** Notes a failure that comes from this program itself. */
  fail(name: string, error: unknown): false {
    this.write(
      `[test] ${name}: FAILED: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    this.record(name, false);
    return false;
  }

  /** Runs a step that writes its own results, as Jest does. A step that begins after a signal ends at once. */
  async work(step: Step): Promise<Ended> {
    const stopped = { name: step.name, code: 1, seconds: 0, cpuSeconds: 0 };
    const ended = this.isStopped ? stopped : await runStep(step, this);
    this.ended.push(ended);
    return ended;
  }

  /** Has a step run when the run ends, however it ends; `undo` may run it earlier. */
  owe(step: Step): void {
    this.#undo.set(step.name, step);
  }

  /** Runs a step that is owed, once; as a check. Nothing when it is not owed. */
  async undo(name: string): Promise<void> {
    const step = this.#undo.get(name);
    if (step === undefined) return;
    const running = this.#undoing.get(name) ?? runStep(step, this);
    const isFirst = !this.#undoing.has(name);
    this.#undoing.set(name, running);
    const ended = await running;
    if (!isFirst) return;
    this.ended.push(ended);
    this.record(name, ended.code === 0);
  }

  /** Runs all steps that are owed, in parallel. */
  async undoAll(): Promise<void> {
    await Promise.all([...this.#undo.keys()].map((name) => this.undo(name)));
  }

  /** After a signal: ends what runs, and undoes what is owed. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await endSteps(10);
    await this.undoAll();
  }

  /** Notes how a check ended: one test of the run. */
  record(name: string, isPassed: boolean): void {
    this.#record(name, isPassed ? 'passed' : 'failed');
  }

  #record(name: string, ended: 'passed' | 'failed' | 'skipped'): void {
    writeFileSync(join(this.results, `${name}.check`), ended);
  }
}
