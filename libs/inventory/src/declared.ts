import { dnsSchema, modelSchema, type Contract, type Dns, type Model } from '@ai-stack/core';
import { z, type ZodType } from 'zod';
import type { Source } from './source';

/** The contracts of the workspace; one that is wrong declares nothing. */
type Contracts = readonly Pick<Source<Contract>, 'name' | 'value'>[];

/** The mode in which the records go into a server that exists, so that no service answers for the zone. */
const foreignMode = 'rfc2136';

/** The service that answers for the zone in this mode. */
export function resolverOf(contracts: Contracts, mode: unknown): string | undefined {
  if (typeof mode !== 'string') return undefined;
  return contracts.find(({ value }) => value?.dnsMode === mode)?.name;
}

/** The schema of a model's file: its engine is a service that declares to be a model engine. */
export function modelSchemaOf(contracts: Contracts): ZodType<Omit<Model, 'name'>> {
  const engines = contracts.filter(({ value }) => value?.modelEngine !== undefined);
  if (!isWhole(contracts)) return modelSchema;
  return modelSchema.extend({ engine: z.enum(engines.map(({ name }) => name)) });
}

/** The schema of dns.yaml: its mode is one that a service declares, or rfc2136. */
export function dnsSchemaOf(contracts: Contracts): ZodType<Dns> {
  const modes = contracts.flatMap(({ value }) => value?.dnsMode ?? []);
  if (!isWhole(contracts)) return dnsSchema;
  return dnsSchema.extend({ mode: z.enum([...modes, foreignMode]) });
}

/** Whether every contract could be read, so that what none declares does not exist. */
function isWhole(contracts: Contracts): boolean {
  return contracts.every(({ value }) => value !== undefined);
}
