import { modelEngineKeys, type Host, type Model } from '@ai-stack/core';
import type { Draft, DraftOptions } from '../draft';
import { nearest } from '../nearest';
import { placedOn, placementIsKnown, repeated, whole, type Rule } from './rule';
import type { Source } from '../source';

/** A model's hosts exist and run its engine, and some host does. */
const checkModelHosts: Rule = (draft, report) => {
  const names = draft.hosts.map(({ name }) => name);
  for (const { source, value } of whole(draft.models)) {
    const engines = placedOn(draft.hosts, value.engine).map(({ name }) => name);
    if (engines.length === 0 && placementIsKnown(draft)) {
      report(
        source,
        ['engine'],
        `${value.engine} is not placed on any host`,
        `add ${value.engine} to the services of a host, or remove this model`,
      );
    }
    for (const [at, host] of (value.hosts ?? []).entries()) {
      if (engines.includes(host)) continue;
      const near = nearest(host, names);
      if (!names.includes(host))
        report(
          source,
          ['hosts', at],
          `there is no host ${JSON.stringify(host)}, allowed: ${names.join(', ')}`,
          near === undefined ? 'remove it' : `did you mean ${near}?`,
        );
      else if (engines.length > 0)
        report(
          source,
          ['hosts', at],
          `${value.engine} is not placed on ${host}, but on ${engines.join(', ')}`,
          `add ${value.engine} to the services of ${host}, or remove ${host} here`,
        );
    }
  }
};

/** A name that clients ask for means one model. */
const checkPublicNames: Rule = ({ models }, report) => {
  const names = whole(models).flatMap(({ source, value }) => [
    { source, name: value.publicName, path: ['publicName'] },
    ...value.aliases.map((name, at) => ({ source, name, path: ['aliases', at] })),
  ]);
  for (const { first, again } of repeated(names, ({ name }) => name)) {
    const where = first.source === again.source ? 'twice' : `by ${first.source.name}, too`;
    report(again.source, again.path, `the name ${again.name} is used ${where}`, 'choose another');
  }
};

/** A model has only keys that its engine understands, and tools go with a chat model. */
const checkModelEngineKeys: Rule = ({ models, contracts }, report) => {
  const modelEnginesWith = (key: (typeof modelEngineKeys)[number]) =>
    whole(contracts).flatMap(({ source, value }) =>
      value.modelEngine?.keys.includes(key) === true ? [source.name] : [],
    );
  for (const { source, value } of whole(models)) {
    const isKnown = whole(contracts).some(({ source: { name } }) => name === value.engine);
    for (const key of isKnown ? modelEngineKeys : []) {
      const engines = modelEnginesWith(key);
      if (engines.includes(value.engine) || value[key] === undefined) continue;
      report(
        source,
        [key],
        `${key} is for ${engines.join(', ') || 'no engine'} only, and the engine is ${value.engine}`,
        'remove it',
      );
    }
    if (value.tools && value.kind === 'embedding')
      report(source, ['tools'], 'an embedding model calls no tools', 'remove it');
    if (value.prefixes !== undefined && value.kind === 'chat')
      report(source, ['prefixes'], 'prefixes are for a model that embeds', 'remove them');
  }
};

/** What an engine itself finds wrong with its models, by its hook. */
export function modelEngineRule(hooks: NonNullable<DraftOptions['hooks']>): Rule {
  return (draft, report) => {
    for (const [engine, hook] of Object.entries(hooks)) {
      const placed = placedOn(draft.hosts, engine);
      const served = whole(draft.models)
        .filter(({ value }) => value.engine === engine)
        .map(({ value: model }) => {
          const hosts = placed.filter((host) => isServedOn(model, host)).map(({ name }) => name);
          return { model, hosts };
        });
      for (const { model, key, what, fix } of hook.checkModels?.(served) ?? []) {
        const source = draft.models.find(({ name }) => name === model);
        if (source !== undefined) report(source, [key], what, fix);
      }
    }
  };
}

/** A host counts each of its GPUs once. */
const checkGpuList: Rule = ({ hosts }, report) => {
  for (const { source, value } of whole(hosts)) {
    const gpus = value.gpus.map(({ device }, at) => ({ device, at }));
    for (const { again } of repeated(gpus, ({ device }) => device))
      report(
        source,
        ['gpus', again.at, 'device'],
        `device ${again.device} is listed twice`,
        'remove one',
      );
  }
};

/** A model's GPU exists on each of its hosts, and the models of one GPU fit into its memory together. */
const checkGpuMemory: Rule = (draft, report) => {
  for (const { source: host, value } of whole(draft.hosts)) {
    const here = modelsOn(draft, host);
    for (const { source, gpu } of here) {
      if (value.gpus.some(({ device }) => device === gpu.device)) continue;
      const devices = value.gpus.map(({ device }) => device).join(', ') || 'none';
      report(
        source,
        ['gpu', 'device'],
        `${host.name} has no GPU ${JSON.stringify(gpu.device)}, allowed: ${devices}`,
        `list it under gpus in ${host.file}, or correct the device`,
      );
    }
    for (const [at, { device, memoryGiB }] of value.gpus.entries()) {
      const users = here.filter(({ gpu }) => gpu.device === device);
      const sum = users.reduce((total, { gpu }) => total + gpu.memoryGiB, 0);
      if (sum <= memoryGiB) continue;
      const parts = users.map(({ source, gpu }) => `${source.name} ${gpu.memoryGiB}`).join(' + ');
      report(
        host,
        ['gpus', at, 'memoryGiB'],
        `GPU ${device} has ${memoryGiB} GiB, and its models take ${round(sum)} GiB (${parts})`,
        waysToFit(users, memoryGiB),
      );
    }
  }
};

/** What an operator can do whose models take more than a GPU has, with the models without which the others fit. */
function waysToFit(users: ReturnType<typeof modelsOn>, memoryGiB: number): string {
  const sum = users.reduce((total, { gpu }) => total + gpu.memoryGiB, 0);
  const enough = users.filter(({ gpu }) => sum - gpu.memoryGiB <= memoryGiB);
  const engines = [...new Set(users.map(({ engine }) => engine))];
  const names = enough.map(({ source }) => source.name).join(' or ');
  return [
    `free ${round(sum - memoryGiB)} GiB: an id with fewer bits (a tag with q4_K_M, a repository with AWQ or GPTQ) ` +
      `or a smaller contextLength, and then less gpu.memoryGiB`,
    'another GPU or host for a model',
    ...(names === ''
      ? []
      : [`no gpu in the file of ${names}, which then runs on the CPU, or no such file`]),
    ...(engines.length > 1 ? [`one engine off: ${engines.join(' or ')} with its models`] : []),
  ].join('; ');
}

function modelsOn(draft: Draft, host: Source<Host>) {
  return whole(draft.models).flatMap(({ source, value }) => {
    const runsHere = placedOn([host], value.engine).length > 0 && isServedOn(value, host);
    return runsHere && value.gpu !== undefined
      ? [{ source, gpu: value.gpu, engine: value.engine }]
      : [];
  });
}

function isServedOn(model: Model, host: Source<unknown>): boolean {
  return model.hosts?.includes(host.name) ?? true;
}

function round(gib: number): number {
  return Math.round(gib * 10) / 10;
}

export const modelRules: readonly Rule[] = [
  checkModelHosts,
  checkPublicNames,
  checkModelEngineKeys,
  checkGpuList,
  checkGpuMemory,
];
