import { InvalidArgumentError } from 'commander';
import { levels, type Level } from '@ai-stack/core';
import { guardNames } from '@ai-stack/deploy';
import { nearest } from '@ai-stack/inventory';
import type { ValueKind } from './declaration';

/** Turns the text of a value into what the commands use. Throws an InvalidArgumentError that says what is accepted. */
export const readValue: Record<ValueKind, (text: string) => unknown> = {
  names: readNames,
  levels: (text) => readChoice<Level>(text, levels),
  guards: (text) => readChoice(text, guardNames),
  environment: readText,
  number: readNumber,
  seconds: readSeconds,
  text: readText,
};

/** `a,b` as a list. */
export function list(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function readNames(text: string): string[] {
  const names = list(text);
  if (names.length === 0) throw new InvalidArgumentError('It needs at least one name.');
  return names;
}

function readChoice<Choice extends string>(text: string, choices: readonly Choice[]): Choice[] {
  const names = list(text);
  const unknown = names.filter((name) => !choices.some((choice) => choice === name));
  if (unknown.length === 0 && names.length > 0) return names as Choice[];
  const near = unknown.map((name) => nearest(name, choices)).find((name) => name !== undefined);
  const hint = near === undefined ? '' : `Did you mean ${near}? `;
  throw new InvalidArgumentError(`${hint}Use some of ${choices.join(', ')}.`);
}

function readText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

function readNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Use a whole number from 1.');
  return Number(text);
}

const daySeconds = 86_400;

/** Node's timers end at once when they are set for longer than 24 days; nobody waits longer than a day. */
function readSeconds(text: string): number {
  const seconds = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : NaN;
  if (seconds <= daySeconds) return seconds;
  throw new InvalidArgumentError(`Use a whole number from 1 to ${daySeconds}.`);
}
