import type { StackError } from '@ai-stack/core';

/** What came of one release on one host. */
export interface Outcome {
  host: string;
  service: string;
  release: string;
  /** skipped: something that it needs failed. */
  state: 'changed' | 'unchanged' | 'failed' | 'skipped';
  seconds: number;
  /** Of a skipped one: what it waited for. */
  reason?: string;
  error?: StackError;
}

export type Step =
  | 'lock'
  | 'journal'
  | 'network'
  | 'upload'
  | 'check'
  | 'pull-image'
  | 'copy'
  | 'swap'
  | 'up'
  | 'start-first'
  | 'wait-healthy'
  | 'gap'
  | 'prove-reload'
  | 'after-start'
  | 'read-back'
  | 'record'
  | 'return'
  | 'remove';

/** What happens during a deploy, for whoever shows it. Never holds a secret. */
export type ProgressEvent = { host: string; service: string } & (
  | { kind: 'step'; step: Step; text: string }
  /** Bytes of an image or a model; `total` 0: not known yet. */
  | { kind: 'bytes'; target: string; status: string; done: number; total: number }
  | { kind: 'outcome'; outcome: Outcome }
);

export type OnProgress = (event: ProgressEvent) => void;
