import { existsSync, readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { badInput } from '@ai-stack/core';

/** Where distributions keep the certificates that their administrators trust. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/** Trust in the public CAs, in this machine's own, and in `pem`. Throws when `pem` is not a certificate. */
export function openTrust(pem: string | undefined): SecureContext {
  const bundle = systemBundles.find((path) => existsSync(path));
  const system = bundle === undefined ? [] : [readFileSync(bundle, 'utf8')];
  try {
    return createSecureContext({
      ca: [...rootCertificates, ...system, ...(pem === undefined ? [] : [pem])],
    });
  } catch (cause) {
    throw badInput('the private CA is not a certificate in PEM format', {
      where: { file: 'ingress.yaml', key: 'caFile' },
      fix: 'name a file that begins with -----BEGIN CERTIFICATE-----',
      cause,
    });
  }
}
