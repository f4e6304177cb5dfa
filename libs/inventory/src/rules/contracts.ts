import { orderByNeeds, StackError } from '@ai-stack/core';
import type { Draft } from '../draft';
import { nearest } from '../nearest';
import { repeated, whole, type Rule } from './rule';

/** A rule that looks at the contracts alone. */
type ContractRule = Rule<Pick<Draft, 'contracts'>>;

/** A contract's endpoints have different names; a public one is http and has a label. */
const checkEndpoints: ContractRule = ({ contracts }, report) => {
  for (const { source, value } of whole(contracts)) {
    const entries = value.endpoints.map((endpoint, at) => ({ endpoint, at }));
    for (const { again } of repeated(entries, ({ endpoint }) => endpoint.name)) {
      const path = ['endpoints', again.at, 'name'];
      report(source, path, `two endpoints are called ${again.endpoint.name}`, 'rename one of them');
    }
    for (const { endpoint, at } of entries) {
      if (endpoint.exposure !== 'public') continue;
      if (endpoint.label === undefined)
        report(source, ['endpoints', at], 'a public endpoint without a label', 'add label: <name>');
      if (endpoint.protocol !== 'http')
        report(
          source,
          ['endpoints', at, 'protocol'],
          `a public endpoint goes through Traefik and cannot be ${endpoint.protocol}`,
          'use http, or exposure: internal',
        );
    }
  }
};

/** A need names another service that exists. */
const checkNeedNames: ContractRule = ({ contracts }, report) => {
  const names = contracts.map(({ name }) => name);
  for (const { source, value } of whole(contracts)) {
    for (const [at, { service }] of value.needs.entries()) {
      const path = ['needs', at, 'service'];
      if (service === source.name)
        report(source, path, `${service} needs itself`, 'remove this need');
      else if (!names.includes(service)) {
        const near = nearest(service, names);
        const fix = near === undefined ? `use one of ${names.join(', ')}` : `did you mean ${near}?`;
        report(source, path, `there is no service ${service}`, fix);
      }
    }
  }
};

/** The needs of services have no cycle. */
const checkCycles: ContractRule = ({ contracts }, report) => {
  // A service that needs itself has its own error.
  const others = whole(contracts).map(({ value }) => ({
    ...value,
    needs: value.needs.filter(({ service }) => service !== value.name),
  }));
  try {
    orderByNeeds(others);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    const source = contracts.find(({ name }) => name === error.where.service);
    if (source === undefined) throw error;
    report(source, ['needs'], error.what, error.fix ?? 'remove one of these needs');
  }
};

export const contractRules: readonly ContractRule[] = [checkEndpoints, checkNeedNames, checkCycles];
