import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { composeProgram } from './compose-program';
import { dockerProgram } from './docker-program';

// A docker that prints what of its environment decides on the engine.
const bin = mkdtempSync(join(tmpdir(), 'docker-program-'));
afterAll(() => rmSync(bin, { recursive: true }));
writeFileSync(join(bin, 'docker'), '#!/bin/sh\nenv | grep ^DOCKER_ | sort\n');
chmodSync(join(bin, 'docker'), 0o755);

const hostile = {
  DOCKER_HOST: 'tcp://192.0.2.1:2375',
  DOCKER_CONTEXT: 'elsewhere',
  DOCKER_TLS: '1',
  DOCKER_TLS_VERIFY: '1',
  DOCKER_CERT_PATH: '/nowhere',
  DOCKER_API_VERSION: '1.12',
  DOCKER_DEFAULT_PLATFORM: 'linux/s390x',
  // Where its plugins and logins are: ours, too.
  DOCKER_CONFIG: '/home/ops/.docker',
};

it.each([
  ['docker', dockerProgram()],
  ['docker compose', composeProgram(['KEY'])],
])('%s asks the engine that we ask, whatever the environment says', (_, [file = '', ...args]) => {
  const env = { ...hostile, PATH: `${bin}:${process.env['PATH']}` };
  expect(execFileSync(file, args, { env, encoding: 'utf8' })).toBe(
    'DOCKER_CONFIG=/home/ops/.docker\nDOCKER_HOST=unix:///var/run/docker.sock\n',
  );
});
