import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flattenErrors, throwAll, type Host, type StackError } from '@ai-stack/core';
import {
  readDefaultKeys,
  readHostsForDiscovery,
  readOpenKeys,
  withSchemaLine,
  type HostForDiscovery,
  type OpenKey,
} from '@ai-stack/inventory';
import { unifiedDiff } from '@ai-stack/report';
import { openConnection, type Connection, type OpenOptions } from '@ai-stack/ssh';
import type { Ask } from '../terminal/terminal';
import { askOpenKeys } from './ask-open-keys';
import { editFile } from './edit-file';
import { findAnswers, findOthers } from './find-answers';
import type { Finding, Unanswered } from './finding';
import { noteHost } from './note-host';
import { parseSurvey } from './parse-survey';
import { readScene } from './read-scene';
import type { Survey } from './survey';
import { containerFormat, surveyScript } from './survey-script';

export interface DiscoverOptions {
  root: string;
  environment: string;
  variables: Record<string, string | undefined>;
  /** Edit the files instead of only showing the difference. */
  write: boolean;
  /** Names of hosts to ask; none: all. */
  hosts?: readonly string[];
  log?: (line: string) => void;
  /** Read instead of the operator's own ssh_config. */
  configFile?: string;
  /** Asks a person for what the hosts do not show; nobody is asked without it, nor when nothing is to be written. */
  ask?: Ask;
  /** Opens the connection to a host; OpenSSH unless given. */
  open?: (host: Host, options: OpenOptions) => Promise<Connection>;
}

/** The JSON of `stack:discover --json`. */
export interface DiscoverResult {
  version: 1;
  environment: string;
  findings: Finding[];
  unanswered: Unanswered[];
  /** What a person has to confirm or to know of each host. */
  notes: { host: string; lines: string[] }[];
  unreachable: { host: string; message: string }[];
  diffs: { file: string; diff: string }[];
  written: boolean;
}

/**
 * Reads the live hosts of an environment, changing nothing there, and answers its open keys from what they show.
 * Throws all errors together when no host answers.
 */
export async function discover(options: DiscoverOptions): Promise<DiscoverResult> {
  const { root, environment, variables, write } = options;
  const open = readOpenKeys(root, environment, variables);
  const hosts = readHostsForDiscovery(root, environment, variables);
  const { surveys, errors } = await collectSurveys(hosts, options);
  if (surveys.length === 0) throwAll(errors, 'no host could be read');
  const scene = { ...readScene(root, environment), hosts, surveys };
  const scan = findAnswers(scene, open);
  const defaults = readDefaultKeys(root, environment, variables);
  const fromOperator =
    write && options.ask !== undefined
      ? await askOpenKeys({ root, environment, variables }, scan.unanswered, options.ask)
      : { findings: [], unanswered: scan.unanswered };
  const answers = {
    findings: [...scan.findings, ...findOthers(scene, defaults), ...fromOperator.findings],
    unanswered: fromOperator.unanswered,
  };
  const edits = editsOf(root, answers.findings, [...open, ...defaults]);
  if (write) for (const { file, after } of edits) writeFileSync(join(root, file), after);
  return {
    version: 1,
    environment,
    ...answers,
    notes: surveys.map(noteHost),
    unreachable: errors.map(({ where, message }) => ({ host: where.host ?? '', message })),
    diffs: edits.map(({ file, before, after }) => ({
      file,
      diff: unifiedDiff(file, before, after),
    })),
    written: write && edits.length > 0,
  };
}

async function collectSurveys(
  hosts: readonly HostForDiscovery[],
  { root, log, configFile, open = openConnection, hosts: wanted = [] }: DiscoverOptions,
): Promise<{ surveys: Survey[]; errors: StackError[] }> {
  const asked = hosts.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const names = hosts.map(({ fqdn }) => fqdn);
  const results = await Promise.allSettled(
    asked.map(async (host) => {
      const connection = await open(asHost(host), {
        ...{ root, log, configFile },
        isAddressOpen: host.address === undefined,
      });
      try {
        const { stdout } = await connection.script(surveyScript, [containerFormat, ...names]);
        return parseSurvey(host.name, stdout);
      } finally {
        await connection.close();
      }
    }),
  );
  return {
    surveys: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    errors: results.flatMap((result, at) =>
      result.status === 'rejected' ? flattenErrors(result.reason, { host: asked[at]?.name }) : [],
    ),
  };
}

/** A host as far as SSH needs it; without an address plain `ssh <fqdn>` says where it is. */
function asHost({ name, fqdn, address, ssh, services }: HostForDiscovery): Host {
  const paths = { dataRoot: '/srv/docker', stackRoot: '/opt/stacks/ai' };
  return { name, fqdn, address: address ?? fqdn, role: name, ssh, services, gpus: [], ...paths };
}

function editsOf(root: string, findings: readonly Finding[], open: readonly OpenKey[]) {
  const files = [...new Set(open.map(({ file }) => file))];
  return files.flatMap((file) => {
    const own = findings.filter((finding) => finding.file === file);
    if (own.length === 0) return [];
    const before = readFileSync(join(root, file), 'utf8');
    return [{ file, before, after: withSchemaLine(file, editFile(before, own)) }];
  });
}
