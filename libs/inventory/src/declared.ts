import { dnsSchema, modelSchema, type Contract, type Dns, type Model } from '@ai-stack/core';
import { z, type ZodType } from 'zod';
import type { Source } from './source';

/** The contracts of the workspace; one that is wrong declares nothing. */
type Contracts = readonly Pick<Source<Contract>, 'name' | 'value'>[];

/** The mode in which the operator's own server has the records, and the stack only verifies them. */
export const ownServerMode = 'none';

/** The modes in which no service answers for the zone; in the second one we would enter the records. */
const foreignModes = [ownServerMode, 'rfc2136'];

/** The service that answers for the zone in this mode. */
export function resolverOf(contracts: Contracts, mode: unknown): string | undefined {
  if (typeof mode !== 'string') return undefined;
  return contracts.find(({ value }) => value?.dnsMode === mode)?.name;
}

/** The schema of a model's file: its engine is a service that declares to be a model engine. */
export function modelSchemaOf(contracts: Contracts): ZodType<Omit<Model, 'name'>> {
  const engines = contracts.filter(({ value }) => value?.modelEngine !== undefined);
  if (!isWhole(contracts)) return modelSchema;
  const engine = z.enum(engines.map(({ name }) => name));
  return modelSchema.extend({ engine: described(engine, modelSchema.shape.engine) });
}

/** The schema of dns.yaml: its mode is one that a service declares, none, or rfc2136. */
export function dnsSchemaOf(contracts: Contracts): ZodType<Dns> {
  const modes = contracts.flatMap(({ value }) => value?.dnsMode ?? []);
  if (!isWhole(contracts)) return dnsSchema;
  const mode = z.enum([...modes, ...foreignModes]);
  return dnsSchema.extend({ mode: described(mode, dnsSchema.shape.mode) });
}

/** The narrower schema, with the description of the one that it replaces. */
function described<Narrow extends ZodType>(narrow: Narrow, { description }: ZodType): Narrow {
  return description === undefined ? narrow : narrow.describe(description);
}

/** Whether every contract could be read, so that what none declares does not exist. */
function isWhole(contracts: Contracts): boolean {
  return contracts.every(({ value }) => value !== undefined);
}
