import { hostsOf, type Contract, type Environment } from '@ai-stack/core';
import { publicHostOf } from '@ai-stack/render';

/** Who asks, as the columns of the matrix. */
export const callers = [
  'browser without a session',
  'browser with a session',
  'API with the key',
  'API with the key as x-api-key',
  'API with a wrong key as x-api-key',
  'API with a wrong key',
  'API with a key in a form of its own',
  'API without a key',
  'forged identity headers',
  'the key, but not below /v1/',
  'plain http',
] as const;
export type Caller = (typeof callers)[number];

/** Where a question ends: at the login, at the program itself, or at the same address by https. */
export type End = 'login' | 'program' | 'https';
export interface PublicRow {
  readonly service: string;
  readonly url: string;
  readonly caller: Caller;
  readonly end: End;
  readonly status: readonly number[];
}

/** Every public name and every kind of caller, with what ought to come of it; from the inventory alone. */
export function publicMatrix(environment: Environment): PublicRow[] {
  return environment.services
    .map(({ contract }) => contract)
    .filter((contract) => isPublic(contract) && hostsOf(environment, contract.name).length > 0)
    .flatMap((contract) => callers.map((caller) => publicRow(environment, contract, caller)));
}

const isPublic = ({ endpoints }: Contract) =>
  endpoints.some(({ exposure }) => exposure === 'public');

function publicRow(environment: Environment, contract: Contract, caller: Caller): PublicRow {
  const isApi = contract.name === 'litellm';
  const asksApi = !/^browser|^plain|not below/.test(caller);
  const path = isApi && asksApi ? '/v1/models' : '/';
  const scheme = caller === 'plain http' ? 'http' : 'https';
  const url = `${scheme}://${publicHostOf(environment, contract)}${path}`;
  const takesKeys = isApi && environment.ingress.apiAccess !== 'off';
  return { service: contract.name, url, caller, ...outcome(environment, caller, takesKeys) };
}

function outcome(
  { ingress }: Environment,
  caller: Caller,
  takesKeys: boolean,
): Pick<PublicRow, 'end' | 'status'> {
  if (caller === 'plain http') return { end: 'https', status: [301, 302, 307, 308] };
  if (caller === 'browser with a session') return { end: 'program', status: [200] };
  if (takesKeys && caller.startsWith('API with the key')) return { end: 'program', status: [200] };
  if (takesKeys && /^API with a wrong key/.test(caller))
    return { end: 'program', status: [400, 401] };
  if (ingress.middleware !== null) return { end: 'login', status: [302] };
  return { end: 'program', status: [200, 400, 401] };
}

export interface PortRow {
  readonly service: string;
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly isOpen: boolean;
  /** A path, and what a caller without a key gets for it; undefined for what is not http. */
  readonly without?: { readonly path: string; readonly status: number };
}

// Ollama has no keys at all: its README says how to close its port, which the lab leaves open.
const withoutKey: Readonly<Record<string, PortRow['without']>> = {
  ollama: { path: '/api/tags', status: 200 },
  qdrant: { path: '/collections', status: 401 },
  vllm: { path: '/v1/models', status: 401 },
};

/** Every endpoint at its host's address: internal ones listen there, public ones only through the proxy. */
export function portMatrix(environment: Environment): PortRow[] {
  return environment.hosts.flatMap((host) =>
    environment.services
      .filter(({ contract }) => host.services.includes(contract.name))
      .flatMap(({ contract }) =>
        contract.endpoints.map(({ port, exposure }) => ({
          service: contract.name,
          host: host.name,
          address: host.address,
          port,
          isOpen: exposure === 'internal',
          ...(withoutKey[contract.name] && { without: withoutKey[contract.name] }),
        })),
      ),
  );
}
