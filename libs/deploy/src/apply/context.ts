import type { AfterStartContext, Hooks } from '@ai-stack/core';
import type { ContainerFact, Engine, ImageFact, NetworkRequest } from '@ai-stack/docker';
import type { Connection, Preamble } from '@ai-stack/ssh';
import type { PlannedRelease } from '../plan/plan-release';
import type { ProgressEvent, Step } from '../progress';
import type { Author } from './manifest';

/** The hooks of a service that an apply calls. */
export type ApplyHooks = Pick<Hooks, 'afterStart'>;

export interface ApplyDeps {
  connection: Connection;
  engine: Engine;
  /** `<dataRoot>` of the host. */
  dataRoot: string;
  author: Author;
  /** Runs before every script that changes something, and refuses once another operator has acquired the lock. */
  fence: Preamble | undefined;
  /** Creates a network once per host and run, however many services want it. */
  ensureNetwork: (network: NetworkRequest) => Promise<void>;
  /** Waits until the program shows the new content; throws a StackError when it does not. */
  verifyReload: (file: string, serial: number | undefined) => Promise<void>;
  /** What the service adds to an apply. */
  hooks: ApplyHooks;
  /** A Unix socket on this machine that leads to a TCP port of the service. */
  connect: AfterStartContext['connect'];
  /** Takes secrets out of what programs wrote. */
  mask: (text: string) => string;
  onProgress: (event: ProgressEvent) => void;
  /** Called before the new containers start: from then on they may have changed data. */
  onStart?: () => void;
  /** Called once they were started, before they are healthy. */
  onStarted?: () => void;
  /** The pull of its images, where that began before it was its turn. */
  pulled?: Promise<void>;
  /** Ends the wait for health early. */
  signal?: AbortSignal;
}

/** What the steps of one apply work on, and what some leave for those after them. */
export interface Work {
  planned: PlannedRelease;
  deps: ApplyDeps;
  /** When the old containers may have stopped to answer, in milliseconds. */
  begunAt?: number;
  seen?: SeenRelease;
}

/** What was read back after the change. */
interface SeenRelease {
  containers: ContainerFact[];
  images: ImageFact[];
}

/** Reports progress, as part of this step or of another one. */
export type Report = (text: string, step?: Step) => void;

/** One step of an apply. */
export interface ApplyStep {
  name: Step;
  /** Reported when the step begins; absent: the step reports by itself. */
  text?: (work: Work) => string;
  isNeeded: (work: Work) => boolean;
  /** Throws a StackError. */
  run: (work: Work, report: Report) => Promise<void> | void;
}

/** Reports and runs a step if it is needed. */
export async function runStep(step: ApplyStep, work: Work): Promise<void> {
  if (!step.isNeeded(work)) return;
  const report: Report = (text, name = step.name) => reportStep(work, name, text);
  if (step.text !== undefined) report(step.text(work));
  await step.run(work, report);
}

/** Reports what begins. */
export function reportStep({ planned, deps }: Work, step: Step, text: string): void {
  const { host, service } = planned.release;
  deps.onProgress({ kind: 'step', host, service, step, text });
}

/** Where a release's files for the data tree wait for the swap: the same file system as their targets. */
export function dataStaging({ planned, deps }: Work): string {
  return `${deps.dataRoot}/${planned.release.service}/.staging`;
}
