import { StackError } from '@ai-stack/core';

/**
 * What one attempt means. `loading`: it says itself that it is not ready yet. `silent`: nobody answered. `wrong`: an
 * answer, but not the right one. `impossible`: the question could not be asked, and asking again will not help.
 */
export type Verdict = 'ok' | 'loading' | 'silent' | 'wrong' | 'impossible';

export interface Evaluation {
  verdict: Verdict;
  observed: string;
  /** What to do, where it is known better than by the probe. */
  fix?: string;
}

/** A question without an answer; says what that means for the probe. */
export class NoAnswer extends StackError {
  override readonly name = 'NoAnswer';
  readonly verdict: Exclude<Verdict, 'ok'>;

  constructor(verdict: Exclude<Verdict, 'ok'>, what: string, fix?: string) {
    super(what, { fix });
    this.verdict = verdict;
  }
}

/** The error of an attempt, as an evaluation. */
export function evaluateError(error: unknown): Evaluation {
  if (error instanceof NoAnswer) {
    return { verdict: error.verdict, observed: error.what, fix: error.fix };
  }
  if (error instanceof StackError) {
    return { verdict: 'wrong', observed: error.what, fix: error.fix };
  }
  return { verdict: 'wrong', observed: messageOf(error) };
}

/** The message of whatever was thrown; an error need not be of this very realm. */
export function messageOf(error: unknown): string {
  const has = typeof error === 'object' && error !== null && 'message' in error;
  return has && typeof error.message === 'string' ? error.message : String(error);
}
