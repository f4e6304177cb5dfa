import type { Host, Model } from '@ai-stack/core';
import type { Draft } from '../draft';
import { nearest } from '../nearest';
import { placedOn, placementIsKnown, repeated, whole, type Rule } from './rule';
import type { Source } from '../source';

/** A model's hosts exist and run its engine, and some host does. */
const judgeModelHosts: Rule = (draft, report) => {
  const names = draft.hosts.map(({ name }) => name);
  for (const { source, value } of whole(draft.models)) {
    const engines = placedOn(draft.hosts, value.engine).map(({ name }) => name);
    if (engines.length === 0 && placementIsKnown(draft)) {
      report(
        source,
        ['engine'],
        `${value.engine} is placed on no host`,
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

/** vLLM serves one model a host. */
const judgeOneVllmModel: Rule = (draft, report) => {
  const served = whole(draft.models).filter(({ value }) => value.engine === 'vllm');
  const entries = placedOn(draft.hosts, 'vllm').flatMap((host) =>
    served.filter(({ value }) => isServedOn(value, host)).map((model) => ({ ...model, host })),
  );
  for (const { first, again } of repeated(entries, ({ host }) => host.name)) {
    report(
      again.source,
      ['hosts'],
      `vLLM serves one model a host, and ${again.host.name} has ${first.source.name} already`,
      'name different hosts in the two files, or serve one of them with ollama',
    );
  }
};

/** A name that clients ask for means one model. */
const judgePublicNames: Rule = ({ models }, report) => {
  const names = whole(models).flatMap(({ source, value }) => [
    { source, name: value.publicName, path: ['publicName'] },
    ...value.aliases.map((name, at) => ({ source, name, path: ['aliases', at] })),
  ]);
  for (const { first, again } of repeated(names, ({ name }) => name)) {
    const other = first.source === again.source ? 'twice' : `by ${first.source.name}, too`;
    report(again.source, again.path, `the name ${again.name} is used ${other}`, 'choose another');
  }
};

/** What only vLLM understands stands with vLLM, and tools go with a chat model and its parser. */
const judgeEngineKeys: Rule = ({ models }, report) => {
  for (const { source, value } of whole(models)) {
    for (const key of ['servedName', 'toolCallParser', 'revision'] as const) {
      if (value.engine === 'vllm' || value[key] === undefined) continue;
      report(
        source,
        [key],
        `${key} is for vllm only, and the engine is ${value.engine}`,
        'remove it',
      );
    }
    if (value.tools && value.kind === 'embedding')
      report(source, ['tools'], 'an embedding model calls no tools', 'remove it');
    if (value.engine !== 'vllm' || value.tools === (value.toolCallParser !== undefined)) continue;
    if (value.tools)
      report(
        source,
        ['tools'],
        'vLLM has to know the notation of the tool calls',
        'add toolCallParser, such as hermes for Qwen2.5',
      );
    else
      report(source, ['toolCallParser'], 'a parser without tools', 'add tools: true, or remove it');
  }
};

/** A host counts each of its GPUs once. */
const judgeGpuList: Rule = ({ hosts }, report) => {
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
const judgeGpuMemory: Rule = (draft, report) => {
  for (const { source: host, value } of whole(draft.hosts)) {
    const here = modelsOn(draft, host);
    for (const { source, gpu } of here) {
      if (value.gpus.some(({ device }) => device === gpu.device)) continue;
      const known = value.gpus.map(({ device }) => device).join(', ') || 'none';
      report(
        source,
        ['gpu', 'device'],
        `${host.name} has no GPU ${JSON.stringify(gpu.device)}, allowed: ${known}`,
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
        'move a model to another GPU or host, or declare less memory in its file',
      );
    }
  }
};

function modelsOn(draft: Draft, host: Source<Host>) {
  return whole(draft.models).flatMap(({ source, value }) => {
    const runsHere = placedOn([host], value.engine).length > 0 && isServedOn(value, host);
    return runsHere && value.gpu !== undefined ? [{ source, gpu: value.gpu }] : [];
  });
}

function isServedOn(model: Model, host: Source<unknown>): boolean {
  return model.hosts?.includes(host.name) ?? true;
}

function round(gib: number): number {
  return Math.round(gib * 10) / 10;
}

export const modelRules: readonly Rule[] = [
  judgeModelHosts,
  judgeOneVllmModel,
  judgePublicNames,
  judgeEngineKeys,
  judgeGpuList,
  judgeGpuMemory,
];
