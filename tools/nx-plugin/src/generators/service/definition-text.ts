import type { ServiceRequest } from './request';

/** The text of `service.ts`: a container and the probes that its endpoint allows. Formatted by Prettier afterwards. */
export function definitionText(request: ServiceRequest): string {
  const { name, check, exposure } = request;
  return `${imports(request)}
const options = z.strictObject({
  ...baseOptions,
  ...${exposure === 'public' ? 'publicOptions' : 'portOptions'},${check === 'none' ? '' : healthOption}
});
type Context = RenderContext<z.infer<typeof options>>;

export default defineService({
  options,
  render(context) {
    return {
      containers: { '${name}': container(context) },
      files: [],
      directories: [],
      secrets: [],
      updateOrder: 'stop-first',
      migration: 'none',
      gpuMemory: [],
      pullModels: [],
      probes: probes(context),
    };
  },
});

${container(request)}

${probes(request)}
${needUrls(request)}`;
}

const healthOption = `
  health: healthOptions({
    interval: '15s',
    timeout: '5s',
    retries: 4,
    startPeriod: '60s',
    startInterval: '1s',
  }),`;

function imports({ exposure, protocol, check }: ServiceRequest): string {
  const isPublic = exposure === 'public';
  const core = [
    'defineService',
    ...(isPublic ? ['isNeededElsewhere'] : []),
    ...(protocol === 'http' ? ['nxRun'] : []),
    'type Container',
    'type Probe',
    'type RenderContext',
  ];
  const render = [
    'baseOptions',
    ...(check === 'bash' ? ['bashHttpCheck'] : []),
    ...(isPublic ? ['containerHttpProbe'] : []),
    ...(check === 'none' ? [] : ['healthOptions']),
    ...(protocol === 'http' && !isPublic ? ['internalHttpProbe'] : []),
    ...(isPublic ? ['loginProbe', 'publicHostOf', 'publicOptions'] : ['portOptions', 'portProbes']),
  ];
  return `import { ${core.join(', ')} } from '@ai-stack/core';
import { ${render.join(', ')} } from '@ai-stack/render';
import { z } from 'zod';
`;
}

function container(request: ServiceRequest): string {
  const { name, check, exposure } = request;
  const isPublic = exposure === 'public';
  const published = `[{ endpoint: '${endpointName(request)}', protocols: ['tcp'] }]`;
  return `function container(context: Context): Container {
  ${isPublic ? 'const { environment, contract, host } = context;' : ''}
  const { image, memory, cpus${check === 'none' ? '' : ', health'}${isPublic ? ', forwardAuth' : ''} } = context.options;
  return {
    image,
    memory,
    cpus,
    environment: ${environmentText(request)},
    secretEnvironment: {},
    mounts: [],
    publish: ${isPublic ? `isNeededElsewhere(environment, '${name}', host.name) ? ${published} : []` : published},
    ${healthcheck(request)}
    stopGracePeriod: '30s',
    noNewPrivileges: true,
    routes: ${isPublic ? routes(request) : '[]'},
    resolvesNames: ${request.needs.length > 0 ? "context.bindings('dns').length > 0" : 'false'},
    joinsStack: true,
  };
}`;
}

function routes({ name, port }: ServiceRequest): string {
  return `[
      {
        name: '${name}',
        rule: \`Host(\\\`\${publicHostOf(environment, contract)}\\\`)\`,
        priority: 100,
        port: ${port},
        sso: forwardAuth,
        allowRanges: [],
      },
    ]`;
}

function environmentText({ needs }: ServiceRequest): string {
  const found = needs.filter((need) => need !== 'dns');
  if (found.length === 0) return '{}';
  const entries = found.map((need) => `${variableOf(need)}: urlsOf(context, '${need}'),`);
  return `{\n      ${entries.join('\n      ')}\n    }`;
}

function healthcheck({ check, port, health }: ServiceRequest): string {
  const url = `http://127.0.0.1:${port}${health}`;
  switch (check) {
    case 'none':
      return `// Running must do: nothing in the image is known to ask it from inside.\n    healthcheck: null,`;
    case 'bash':
      return `healthcheck: { ...health, test: bashHttpCheck(${port}, '${health}') },`;
    case 'curl':
      return `healthcheck: { ...health, test: ['CMD', 'curl', '-fsS', '${url}'] },`;
    case 'wget':
      return `healthcheck: { ...health, test: ['CMD', 'wget', '-q', '-O', '/dev/null', '${url}'] },`;
  }
}

function probes(request: ServiceRequest): string {
  const { name, port, exposure, protocol, health } = request;
  const isPublic = exposure === 'public';
  if (protocol !== 'http')
    return `function probes(context: Context): Probe[] {
  return portProbes(context);
}`;
  return `function probes(context: Context): Probe[] {
  return [
    ${isPublic ? 'containerHttpProbe' : 'internalHttpProbe'}(
      context,
      {
        what: 'api',
        level: 'api',
        title: \`${name} on \${context.host.name} answers\`,
        fix: \`see \${nxRun(context.environment.name, '${name}:logs')}\`,
      },
      ${isPublic ? `{ container: '${name}', port: ${port} },` : ''}
      { path: '${health}' },
      { status: [200] },
    ),
    ${isPublic ? "loginProbe(context, '/', [200])" : '...portProbes(context)'},
  ];
}`;
}

function needUrls({ needs }: ServiceRequest): string {
  if (needs.every((need) => need === 'dns')) return '';
  return `
/** Where a service that it needs answers: one address for each host of it, separated by commas. */
function urlsOf({ bindings }: Context, service: string): string {
  return bindings(service)
    .map(({ url }) => url)
    .join(',');
}
`;
}

/** The name of its one endpoint. */
export function endpointName({ exposure }: Pick<ServiceRequest, 'exposure'>): string {
  return exposure === 'public' ? 'web' : 'api';
}

/** The variable that holds the address of a needed service, such as OPEN_WEBUI_URL. */
export function variableOf(need: string): string {
  return `${/^\d/.test(need) ? '_' : ''}${need.toUpperCase().replaceAll('-', '_')}_URL`;
}
