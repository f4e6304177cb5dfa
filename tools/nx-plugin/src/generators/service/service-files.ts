import { join } from 'node:path';
import { generateFiles, workspaceRoot, type Tree } from '@nx/devkit';
import type { ServiceRequest } from './request';
import type { Scene } from './scene';

const templates = join(workspaceRoot, 'tools/nx-plugin/src/generators/service/files');

/**
 * Writes `apps/<service>/` from the templates in `files/`: what is in `service`, and its options for each
 * environment.
 */
export function writeServiceFiles(tree: Tree, request: ServiceRequest, scene: Scene): void {
  const target = `apps/${request.name}`;
  generateFiles(tree, join(templates, 'service'), target, fieldsOf(request, scene));
  for (const { name } of scene.environments) {
    const fields = { tmpl: '', environment: name, image: request.image };
    generateFiles(tree, join(templates, 'options'), `${target}/environments`, fields);
  }
}

function fieldsOf(request: ServiceRequest, { services }: Scene) {
  const { exposure, protocol, port, health, needs } = request;
  const others = needs.filter((need) => need !== 'dns');
  return {
    ...request,
    tmpl: '',
    isPublic: exposure === 'public',
    isHttp: protocol === 'http',
    endpoint: exposure === 'public' ? 'web' : 'api',
    url: `http://127.0.0.1:${port}${health}`,
    place: placeOf(request),
    addresses: others.map((need) => ({ need, variable: variableOf(need) })),
    // To find what it needs on another host, it asks the stack's own resolver, where there is one.
    needsResolver: needs.length > 0 && services.some(({ name }) => name === 'dns'),
  };
}

function placeOf({ exposure, protocol, label, port }: ServiceRequest): string {
  if (exposure === 'public') return `\`https://${label}.<domain>\`, after the login`;
  return protocol === 'http'
    ? `\`http://${label}.<domain>:${port}\`, inside only`
    : `port ${port} of \`${label}.<domain>\`, inside only`;
}

/** The variable that holds the address of a needed service, such as OPEN_WEBUI_URL. */
function variableOf(need: string): string {
  return `${/^\d/.test(need) ? '_' : ''}${need.toUpperCase().replaceAll('-', '_')}_URL`;
}
