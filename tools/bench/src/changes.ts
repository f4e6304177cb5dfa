import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Workspace } from '../../e2e/src/lab';
import type { Change } from './contenders';

const host = 'management';
const service = 'qdrant';
const options = `apps/${service}/environments/lab.yaml`;
const otherImage = 'qdrant/qdrant:v1.19.1';

/** Two workspaces that want one service differently, so that each deploy has something to change. */
export async function makeChanges(
  kind: 'memory' | 'image',
): Promise<{ list: Change[]; remove: () => void }> {
  const firstWorkspace = new Workspace();
  const secondWorkspace = new Workspace();
  if (kind === 'memory') {
    firstWorkspace.edit(options, /$/, '\nmemory: 600m\n');
    secondWorkspace.edit(options, /$/, '\nmemory: 601m\n');
  } else {
    makeImage();
    secondWorkspace.edit(options, /^image: .*$/m, `image: ${otherImage}`);
  }
  const list: Change[] = [];
  for (const workspace of [firstWorkspace, secondWorkspace]) {
    const ran = await workspace.stack('render', service);
    if (ran.code !== 0) throw new Error(ran.err);
    const rendered = `dist/render/lab/${service}/${host}/opt/stacks/ai/${service}/compose.yaml`;
    list.push({ host, service, root: workspace.root, file: join(workspace.root, rendered) });
  }
  return {
    list,
    remove: () => [firstWorkspace, secondWorkspace].forEach((workspace) => workspace.remove()),
  };
}

/** Another image, with another id, of the same program. */
function makeImage(): void {
  const build = ['env', 'DOCKER_BUILDKIT=0', 'docker', 'build', '-q', '-t', otherImage, '-'];
  execFileSync('tools/lab/hosts.sh', ['exec', host, ...build], {
    input: 'FROM qdrant/qdrant:v1.19.0\nLABEL ai-stack-lab.bench=yes\n',
  });
}
