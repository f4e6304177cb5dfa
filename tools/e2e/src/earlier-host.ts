import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { askHost, onHost } from './lab';

const recorded = 'tools/e2e/fixtures/c4e5cc2/hosts';
/** The network of the lab in which the files were recorded. */
const recordedNet = '172.30.77';

interface RecordedManifest {
  files: { path: string; sha256: string; writtenSha256: string }[];
  containers: { image: string; imageId: string; imageDigests: string[] }[];
}

/**
 * Puts what c4e5cc2 wrote for some services onto a lab host and starts it by hand, as if that version had deployed it.
 * Only what differs between labs is replaced: the network, and the ids of the images. The secrets are made up.
 */
export async function restoreEarlierHost(
  host: 'trusted' | 'management',
  services: readonly string[],
): Promise<void> {
  const net = readFileSync('.lab/net', 'utf8').trim();
  const directory = join(recorded, host);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: `/${relative(directory, file)}`, file }))
    .filter(({ path }) => services.includes(serviceOf(path)));
  const contents = new Map(
    files.map(({ path, file }) => [path, readFileSync(file, 'utf8').replaceAll(recordedNet, net)]),
  );
  for (const [path, content] of contents) {
    if (/\/(?:current|manifest)\.json$/.test(path))
      contents.set(path, await adapt(host, content, contents));
  }
  for (const [path, content] of contents) {
    const mode = path.includes('/.stack/') || path.endsWith('.env') ? '600' : '644';
    const script = 'mkdir -p "$(dirname "$0")" && cat >"$0" && chmod "$1" "$0"';
    const ran = await askHost(host, content, 'sh', '-c', script, path, mode);
    if (ran.code !== 0) throw new Error(`${host} has no ${path}: ${ran.err}`);
  }
  // `destroy` removed the network of the stack together with its last container.
  const network =
    'docker network inspect ai-stack >/dev/null 2>&1 || docker network create "$@" ai-stack';
  await onHost(host, 'sh', '-c', network, 'sh', '--label', 'ai-stack.environment=lab');
  for (const service of services) {
    const up = `cd /opt/stacks/ai/${service} && docker compose up -d --wait`;
    await onHost(host, 'sh', '-c', up);
  }
}

function serviceOf(path: string): string {
  return /^\/(?:opt\/stacks\/ai|srv\/docker)\/([^/]+)\//.exec(path)?.[1] ?? '';
}

/** The manifest with the hashes of the adapted files and the ids of this lab's images. */
async function adapt(
  host: string,
  text: string,
  contents: ReadonlyMap<string, string>,
): Promise<string> {
  const manifest = JSON.parse(text) as RecordedManifest;
  for (const file of manifest.files) {
    const content = contents.get(file.path);
    if (content === undefined) throw new Error(`${file.path} was not recorded`);
    const isAsRendered = file.sha256 === file.writtenSha256;
    file.writtenSha256 = createHash('sha256').update(content).digest('hex');
    if (isAsRendered) file.sha256 = file.writtenSha256;
  }
  for (const container of manifest.containers) {
    await onHost(host, 'docker', 'pull', '-q', container.image);
    const format = '{{.Id}}{{range .RepoDigests}} {{.}}{{end}}';
    const output = await onHost(host, 'docker', 'image', 'inspect', '-f', format, container.image);
    const [id = '', ...digests] = output.trim().split(' ');
    Object.assign(container, { imageId: id, imageDigests: digests });
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
