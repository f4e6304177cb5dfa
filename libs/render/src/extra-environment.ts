import {
  badInput,
  type DefinedService,
  type Definition,
  type Environment,
  type StackError,
} from '@ai-stack/core';
import { bindingsOf, type Consumer } from './bindings';

/** The option `extraEnvironment` of a service, and what else decides on the variables of its containers. */
interface Extra {
  environment: Environment;
  consumer: Consumer;
  variables: Readonly<Record<string, string>>;
  definition: Pick<Definition, 'options' | 'variables'>;
  service: DefinedService;
}

/** Names of values that nobody else may see; a switch such as ENABLE_API_KEYS is none of them. */
const secretName =
  /(?:^|_)(?:API_?KEYS?|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$/i;
const switchName = /^(?:ENABLE|DISABLE|USE)_/i;
/** A password in an address, and the keys of services that mark theirs. */
const secretValue = /:\/\/[^/\s@]*:[^/\s@]+@|^(?:sk-|hf_|gh[opsu]_|glpat-)/;

const proxies: readonly string[] = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
const noProxy = 'NO_PROXY';

/** What is wrong with the variables that an operator adds, all findings together; no message has a value. Pure. */
export function extraEnvironmentErrors(extra: Extra): StackError[] {
  const { variables } = extra;
  return Object.entries(variables).flatMap(([name, value]) => {
    const problem =
      ownedBy(name, extra) ??
      secretIn(name, value, extra) ??
      otherSpelling(name, value, variables) ??
      loopbackProxy(name, value);
    if (problem === undefined) return [];
    const { contract } = extra.consumer;
    return [
      badInput(problem.what, {
        where: {
          ...{ environment: extra.environment.name, service: contract.name },
          file: optionsFile(extra),
          key: `extraEnvironment.${name}`,
        },
        fix: problem.fix,
      }),
    ];
  });
}

/**
 * The variables as a container gets them. With a proxy they say that what the service needs of the stack is reached
 * without it: each such name, and the domain. In both spellings, because curl reads one and others the other. Pure.
 */
export function extraVariables(
  environment: Environment,
  consumer: Consumer,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const isProxied = Object.keys(variables).some((name) => proxies.includes(name.toUpperCase()));
  if (!isProxied) return { ...variables };
  const given = Object.entries(variables).find(([name]) => name.toUpperCase() === noProxy)?.[1];
  const listed = (given ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  const value = [...new Set([...listed, ...directNames(environment, consumer)])].join(',');
  return { ...variables, [noProxy]: value, [noProxy.toLowerCase()]: value };
}

/** The container itself, everything below the domain, and needed services: an alias, or a name outside of the domain. */
function directNames(environment: Environment, consumer: Consumer): string[] {
  const { domain } = environment.settings;
  const needed = consumer.contract.needs.flatMap(({ service }) =>
    bindingsOf(environment, consumer, service).map(({ name }) => name),
  );
  const outside = needed.filter((name) => name !== domain && !name.endsWith(`.${domain}`));
  return ['localhost', '127.0.0.1', domain, ...new Set(outside)];
}

interface Finding {
  what: string;
  fix: string;
}

/** A variable that is set otherwise, or that would contradict what is rendered. Some programs read names in any case. */
function ownedBy(name: string, extra: Extra): Finding | undefined {
  const { definition, service, consumer } = extra;
  const same = (other: string) => other.toUpperCase() === name.toUpperCase();
  const owner = Object.entries(definition.variables ?? {}).find(([key]) => same(key))?.[1];
  if (owner !== undefined && isOption(owner, definition)) {
    return {
      what: `${name} is set by the option ${owner}`,
      fix: `set ${owner} in ${optionsFile(extra)}, and remove ${name} from extraEnvironment`,
    };
  }
  if (owner !== undefined)
    return { what: `${name} cannot be set: ${owner}`, fix: `remove ${name}` };
  const containers = Object.values(service.containers);
  if (containers.some(({ environment = {} }) => Object.keys(environment).some(same))) {
    return {
      what: `${name} is rendered already, and has no option`,
      fix: `remove ${name}; apps/${consumer.contract.name}/service.ts sets it`,
    };
  }
  if (!containers.some(({ secretEnvironment = {} }) => Object.keys(secretEnvironment).some(same)))
    return undefined;
  return {
    what: `${name} is a secret of the stack`,
    fix: `remove ${name}: it is generated, or taken from secretsFile of environment.yaml`,
  };
}

function isOption(owner: string, { options }: Pick<Definition, 'options'>): boolean {
  return Object.hasOwn((options as { shape?: object }).shape ?? {}, owner);
}

/** What is in an options file is in git, in compose.yaml and in the plan. */
function secretIn(name: string, value: string, { consumer }: Extra): Finding | undefined {
  const isNamed = secretName.test(name) && !switchName.test(name);
  if (!isNamed && !secretValue.test(value)) return undefined;
  return {
    what: isNamed
      ? `${name} looks like a secret, and this file is in git`
      : `the value of ${name} looks like a secret or has a password in it, and this file is in git`,
    fix: `take it out, and change it where it was in git; a secret is declared under secrets in apps/${consumer.contract.name}/service.ts (kind: provided), and its value is in secretsFile of environment.yaml`,
  };
}

/** http_proxy and HTTP_PROXY are one setting, of which each program reads one spelling first. */
function otherSpelling(
  name: string,
  value: string,
  variables: Readonly<Record<string, string>>,
): Finding | undefined {
  if (![...proxies, noProxy].includes(name.toUpperCase())) return undefined;
  const upper = name.toUpperCase();
  if (name === upper || (variables[upper] ?? value) === value) return undefined;
  return {
    what: `${name} and ${upper} differ, and each program reads one of them first`,
    fix: `write one of them, or the same value twice`,
  };
}

function loopbackProxy(name: string, value: string): Finding | undefined {
  if (!proxies.includes(name.toUpperCase())) return undefined;
  if (!/^(?:[a-z0-9]+:\/\/)?(?:localhost|127\.[\d.]+|\[::1\])(?::|\/|$)/i.test(value))
    return undefined;
  return {
    what: `${name} is an address of the container itself, not of its host`,
    fix: 'name the proxy as other machines reach it, such as http://proxy.example.org:3128',
  };
}

function optionsFile({ environment, consumer }: Extra): string {
  return `apps/${consumer.contract.name}/environments/${environment.name}.yaml`;
}
