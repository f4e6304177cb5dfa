import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askHost, onHost } from './lab';

const edge = '/srv/docker/edge';
const stack = '/opt/stacks/edge';
const changedFiles = [
  `${stack}/compose.yaml`,
  `${edge}/idp/idp.json`,
  `${edge}/tls/leaf.pem`,
  `${edge}/tls/leaf.key`,
];

/**
 * Gives the lab's Traefik and identity provider another domain, as if they were a user's: certificate, public names,
 * redirect URIs. The function that comes back undoes it.
 */
export async function moveEdge(domain: string): Promise<() => Promise<void>> {
  const script = (text: string) => onHost('trusted', 'sh', '-ec', text);
  for (const file of changedFiles) await script(`cp -p ${file} ${file}.lab`);
  const undo = async () => {
    for (const file of changedFiles) await script(`[ ! -e ${file}.lab ] || mv ${file}.lab ${file}`);
    await recreate();
  };
  try {
    for (const file of changedFiles.slice(0, 2))
      await script(`sed -i 's/lab\\.test/${domain}/g' ${file}`);
    const { key, certificate } = leafFor(domain);
    await put(`${edge}/tls/leaf.key`, key);
    await put(`${edge}/tls/leaf.pem`, certificate);
    await recreate();
    return undo;
  } catch (error) {
    await undo();
    throw error;
  }
}

const recreate = () =>
  onHost('trusted', 'sh', '-ec', `cd ${stack} && docker compose up -d --force-recreate --wait`);

/** The content goes by standard input: one of them is a key. */
async function put(path: string, content: string): Promise<void> {
  const ran = await askHost('trusted', content, 'sh', '-ec', `cat >${path}`);
  if (ran.code !== 0) throw new Error(`${path} could not be written: ${ran.err}`);
}

/** A certificate for a domain and the names below it, from the lab's own authority. */
function leafFor(domain: string): { key: string; certificate: string } {
  const directory = mkdtempSync(join(tmpdir(), 'ai-stack-leaf-'));
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  try {
    const curve = ['-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const subject = ['-subj', `/CN=*.${domain}`];
    openssl(
      ...['req', '-new', '-newkey', 'ec', ...curve, '-nodes', '-batch', ...subject],
      ...['-keyout', file('leaf.key'), '-out', file('leaf.csr')],
    );
    const extensions = [
      `subjectAltName=DNS:*.${domain},DNS:${domain}`,
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth',
    ];
    writeFileSync(file('leaf.ext'), `${extensions.join('\n')}\n`);
    openssl(
      ...['x509', '-req', '-in', file('leaf.csr'), '-days', '2', '-set_serial', String(Date.now())],
      ...['-CA', '.lab/tls/ca.pem', '-CAkey', '.lab/tls/ca.key'],
      ...['-extfile', file('leaf.ext'), '-out', file('leaf.pem')],
    );
    return {
      key: readFileSync(file('leaf.key'), 'utf8'),
      certificate: readFileSync(file('leaf.pem'), 'utf8'),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
