import type { PullProgress } from '@ai-stack/docker';

/** What is reported of a pull: bytes while they come, then layers, because unpacking may take as long. */
export function pullStatus({ done, total, unpacked, layers }: PullProgress): {
  status: string;
  done: number;
  total: number;
} {
  if (total === 0 || done < total) return { status: 'pulling', done, total };
  return { status: `unpacking, ${unpacked} of ${layers} layers`, done: 0, total: 0 };
}
