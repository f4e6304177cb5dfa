import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { readHostNames } from './host-names';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lab-hosts-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const files = 'libs/inventory/environments/lab/hosts';
function write(name: string, content: string): void {
  const parts = name.split('/');
  mkdirSync(join(directory, ...parts.slice(0, -1)), { recursive: true });
  writeFileSync(join(directory, name), content);
}

/** Runs a command with the functions that `hosts.sh` uses, on a checkout of ours. */
async function run(command: string): Promise<string[]> {
  const script = `
    set -euo pipefail
    fail() { echo "$*"; exit 1; }
    declare -A host_number
    checkout=$1 host_files=$1/${files} state=$1/.lab
    . tools/lab/sh/inventory.sh
    ${command}`;
  const ran = await execa('bash', ['-c', script, 'bash', directory], { reject: false });
  expect(ran.stderr).toBe('');
  return ran.stdout.split('\n').filter((line) => line !== '');
}

describe('the address of a host file', () => {
  it.each([
    ['plain', 'address: ${LAB_NET}.13', '13 spare'],
    ['quoted', 'address: "${LAB_NET}.13"', '13 spare'],
    ['with a comment', "address: '${LAB_NET}.200' # the last one", '200 spare'],
    ['of another network', 'address: 10.2.1.131', '0 spare'],
    ['of another variable', 'address: ${OTHER}.13', '0 spare'],
    ['without a number', 'address: ${LAB_NET}', '0 spare'],
    ['of something else', 'proxy: { address: 1 }\n  address: ${LAB_NET}.13', '0 spare'],
  ])('%s', async (_what, text, expected) => {
    write(`${files}/spare.yaml`, `description: a host\n${text}\nrole: spare\n`);
    expect(await run('host_lines "$host_files"')).toEqual([expected]);
  });
});

describe('the hosts of a lab', () => {
  beforeEach(() => {
    write(`${files}/trusted.yaml`, 'address: ${LAB_NET}.11\n');
    write(`${files}/another-host-with-a-name.yaml`, 'address: ${LAB_NET}.9\n');
  });
  const list =
    'list_hosts; for host in "${lab_hosts[@]}"; do echo "$host ${host_number[$host]}"; done';

  it('are those of the files, by number', async () => {
    expect(await run(list)).toEqual(['another-host-with-a-name 9', 'trusted 11']);
  });

  it('are also those whose file is gone and whose disk is there', async () => {
    write('.lab/hosts/spare/number', '13\n');
    write('.lab/hosts/trusted/number', '11\n');
    expect(await run(list)).toEqual(['another-host-with-a-name 9', 'trusted 11', 'spare 13']);
    expect(readHostNames(directory)).toEqual(['another-host-with-a-name', 'spare', 'trusted']);
  });

  it.each([
    ['of the lab', 'x', 'address: ${LAB_NET}.2', /^x: its address must be/],
    ["of the lab's models", 'x', 'address: ${LAB_NET}.254', /^x: its address must be/],
    ['of no lab', 'x', 'address: 192.0.2.1', /^x: its address must be/],
    ['of another host', 'x', 'address: ${LAB_NET}.11', /^(x|trusted): .* the one of (x|trusted)$/],
    ['of one whose file is gone', 'x', 'address: ${LAB_NET}.13', /is the one of x$/],
    ["under the lab's own name", 'sw', 'address: ${LAB_NET}.14', /^sw: the lab itself/],
  ])('cannot have an address %s', async (_what, name, text, expected) => {
    write('.lab/hosts/spare/number', '13\n');
    write(`${files}/${name}.yaml`, `${text}\n`);
    const output = await run('check_hosts');
    expect(output).toHaveLength(2);
    expect(output[1]).toMatch(expected);
  });

  it('cannot do without the one on which the edge is', async () => {
    rmSync(join(directory, files, 'trusted.yaml'));
    expect(await run('check_hosts')).toEqual([expect.stringContaining('no libs/inventory/')]);
  });

  it('are fine as they are in the repository', async () => {
    expect(
      await run(`host_files=$PWD/${files}; check_hosts; list_hosts; echo "\${lab_hosts[@]}"`),
    ).toEqual(['trusted management']);
  });
});
