import type { NameAnswer } from '@ai-stack/core';

/** Whether a reply answers for the name: SERVFAIL, REFUSED and silence say nothing of it. */
export function hasAnswer(reply: Pick<NameAnswer, 'code'> | undefined): boolean {
  return reply !== undefined && ['NOERROR', 'NXDOMAIN'].includes(reply.code);
}
