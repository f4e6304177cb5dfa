import type { Action } from '@ai-stack/core';
import type { Engine } from '@ai-stack/docker';
import type { Connection, Preamble } from '@ai-stack/ssh';
import type { PlannedRelease } from '../plan/plan-release';
import type { ProgressEvent, Step } from '../progress';
import type { Author } from './manifest';

export interface ApplyDeps {
  connection: Connection;
  engine: Engine;
  /** `<dataRoot>` of the host. */
  dataRoot: string;
  author: Author;
  /** Stands before every script that changes something: it refuses once the lock is somebody else's. */
  fence: Preamble | undefined;
  /** Creates a network once per host and run, however many services want it. */
  ensureNetwork: (name: string) => Promise<void>;
  /** Waits until the program shows the new content; throws a StackError when it does not. */
  proveReload: (file: string, serial: number | undefined) => Promise<void>;
  /** Makes a model present in the running service. */
  pullModel: (
    model: string,
    onProgress: (progress: { status: string; done: number; total: number }) => void,
  ) => Promise<unknown>;
  /** Takes secrets out of what programs wrote. */
  mask: (text: string) => string;
  onProgress: (event: ProgressEvent) => void;
  /** Called before the new containers start: from then on they may have changed data. */
  onStart?: () => void;
  /** Called once they were started, before they are healthy. */
  onStarted?: () => void;
  /** Pulls that began before it was the turn of their release. */
  pulls?: ReadonlyMap<PlannedRelease, Promise<void>>;
  /** Ends the wait for health early. */
  signal?: AbortSignal;
}

/** The actions of a kind that change something. */
export function changesOf({ plan }: PlannedRelease, kind: Action['kind']): Action[] {
  return plan.actions.filter((action) => action.kind === kind && action.verb !== 'keep');
}

/** Tells what begins. */
export function tellStep(planned: PlannedRelease, deps: ApplyDeps, step: Step, text: string): void {
  const { host, service } = planned.release;
  deps.onProgress({ kind: 'step', host, service, step, text });
}

/** Where a release's files for the data tree wait for the swap: the same file system as their targets. */
export function dataStaging({ release }: PlannedRelease, deps: ApplyDeps): string {
  return `${deps.dataRoot}/${release.service}/.staging`;
}
