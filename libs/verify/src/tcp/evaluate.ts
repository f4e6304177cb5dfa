import type { TcpExpect } from '@ai-stack/core';
import type { Evaluation } from '../evaluation';

/** The outcome of connecting; what neither answers nor refuses counts as closed. */
export interface TcpAnswer {
  isOpen: boolean;
  observed: string;
}

/** A port that should be open may still open; one that should be closed may not. */
export function evaluateTcp({ isOpen, observed }: TcpAnswer, expect: TcpExpect): Evaluation {
  if (isOpen === expect.open) return { verdict: 'ok', observed };
  return { verdict: expect.open ? 'silent' : 'wrong', observed };
}
