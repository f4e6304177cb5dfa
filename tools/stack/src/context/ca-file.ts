import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '@ai-stack/core';
import type { Stack } from './stack';

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Refuses an environment whose private CA is not there, or is not what verify can trust, before any host is asked: verify
 * would fail with it after the deploy. Render does not read it, and works where it is made later, as in the lab.
 */
export function refuseMissingCaFile(
  { root, environment }: Pick<Stack, 'root' | 'environment'>,
  now = new Date(),
): void {
  const { caFile } = environment.ingress;
  if (caFile === undefined) return;
  const problem = wrongIn(join(root, caFile), caFile, now);
  if (problem === undefined) return;
  throw badInput(problem.what, {
    where: {
      environment: environment.name,
      file: `libs/inventory/environments/${environment.name}/ingress.yaml`,
      key: 'caFile',
    },
    fix: environment.name === 'lab' ? 'npx nx run lab:up makes it' : problem.fix,
  });
}

function wrongIn(
  path: string,
  caFile: string,
  now: Date,
): { what: string; fix: string } | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    return {
      what: `there is no file ${caFile}`,
      fix: 'put the certificate of your CA there (PEM), or leave caFile out: then the CAs of this machine count',
    };
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return {
      what: `${caFile} cannot be read`,
      fix: `give yourself the right to read it: ls -l ${caFile}`,
    };
  }
  if (/PRIVATE KEY-----/.test(text))
    return {
      what: `${caFile} holds a private key`,
      fix: 'keep the certificate of your CA alone in it; its key belongs to the CA',
    };
  const blocks = text.match(certificate) ?? [];
  const read = blocks.map(readCertificate);
  if (blocks.length === 0 || read.includes(undefined))
    return {
      what: `${caFile} is not a certificate in PEM form`,
      fix: `a PEM file begins with -----BEGIN CERTIFICATE-----; openssl x509 -inform der -in ${caFile} makes one of a DER file`,
    };
  const ends = read.map((x509Certificate) => Date.parse(x509Certificate?.validTo ?? ''));
  const last = Math.max(...ends);
  if (last >= now.getTime()) return undefined;
  return {
    what: `the certificate in ${caFile} ended on ${new Date(last).toISOString().slice(0, 10)}`,
    fix: 'put the renewed certificate of your CA there, or set the clock of this machine',
  };
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
