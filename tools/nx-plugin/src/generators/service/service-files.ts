import { definitionText, endpointName, variableOf } from './definition-text';
import type { ServiceRequest } from './request';
import type { Scene } from './scene';

/** The files of `apps/<service>/`, by path below that folder. */
export function serviceFiles(request: ServiceRequest, scene: Scene): Record<string, string> {
  const { name, image, owner } = request;
  return {
    'service.yaml': contractText(request, scene),
    'service.ts': definitionText(request),
    'service.spec.ts': specText(name),
    'README.md': readmeText(request),
    'project.json': `${JSON.stringify({ name, tags: [`owner:${owner}`] })}\n`,
    ...Object.fromEntries(
      scene.environments.map((environment) => [
        `environments/${environment.name}.yaml`,
        `image: ${image}\n`,
      ]),
    ),
  };
}

function contractText(request: ServiceRequest, { services }: Scene): string {
  const { name, port, protocol, label, exposure, needs } = request;
  const isPublic = exposure === 'public';
  // To find what it needs on another host, it asks the stack's own resolver, where there is one.
  const resolver = needs.length > 0 && services.some((service) => service.name === 'dns');
  const wanted = [
    ...needs.filter((need) => need !== 'dns').map((need) => `  - { service: ${need} }`),
    ...(resolver ? ['  - { service: dns, optional: true }'] : []),
  ];
  return [
    `description: The service ${name}, for ${isPublic ? 'people' : 'the inside'}`,
    'endpoints:',
    `  - { name: ${endpointName(request)}, port: ${port}, protocol: ${protocol}, label: ${label}, exposure: ${exposure} }`,
    ...(wanted.length > 0 ? ['needs:', ...wanted] : []),
    // Whether its port must be published follows from who needs it, and from where.
    ...(isPublic
      ? ['reads: [ingress, consumers]', 'probeReads: [sso]']
      : ['probeReads: [ingress, consumers, vantages]']),
    '',
  ].join('\n');
}

function specText(name: string): string {
  return `import { describe, expect, it } from '@jest/globals';
import { goldenFiles, renderedFiles } from '@ai-stack/testing/golden';

describe('${name} as rendered', () => {
  // In the lab; where it is placed on no host there, next to Traefik.
  it('is byte for byte what fixtures/lab holds', () => {
    const golden = goldenFiles('${name}', 'lab');
    expect(Object.keys(golden)).not.toEqual([]);
    expect(renderedFiles('${name}', 'lab')).toEqual(golden);
  });
});
`;
}

function traps({ exposure, check, label }: ServiceRequest): string {
  const known = [
    ...(exposure === 'public'
      ? [
          `- The login lets nobody in before Authentik has a provider that covers \`https://${label}.<domain>\`.`,
        ]
      : []),
    ...(check === 'none'
      ? ['- It has no health check of its own: a deploy waits until it runs, not until it answers.']
      : []),
  ];
  return known.length > 0 ? known.join('\n') : '- None known yet.';
}

function readmeText(request: ServiceRequest): string {
  const { name, port, label, exposure, protocol, needs, check, health } = request;
  const place =
    exposure === 'public'
      ? `\`https://${label}.<domain>\`, behind the login`
      : `${protocol === 'http' ? `\`http://${label}.<domain>:${port}\`` : `port ${port} of \`${label}.<domain>\``}, inside only`;
  const variables = needs.filter((need) => need !== 'dns').map((need) => `\`${variableOf(need)}\``);
  return `# ${name}

One container, at ${place}.${variables.length > 0 ? ` It gets the addresses of what it needs in ${variables.join(', ')}.` : ''}

## Options (\`environments/<env>.yaml\`)

| key | default | meaning |
| --- | --- | --- |
| \`image\` | | image with a full version |
| \`memory\`, \`cpus\` | none | limits |
${exposure === 'public' ? '| `forwardAuth` | true | false: its public name is without the forward-auth of `ingress.yaml` |\n' : '| `reachableFrom` | `anywhere` | `consumers`: verify wants its port closed to all but the hosts of its consumers and the trusted host |\n'}${check === 'none' ? '' : '| `health` | 15s, 5s, 4, 60s, 1s | `interval timeout retries startPeriod startInterval` |\n'}
## Operating

It keeps no data: \`mounts\` and \`directories\` in \`service.ts\` are where that would begin (see \`apps/qdrant\`), \`secrets\`
where a key would (see \`apps/vllm\`). ${
    protocol === 'http'
      ? `\`nx run ${name}:verify\` asks \`${health}\`${exposure === 'public' ? ', and that a browser without a session is sent to the login' : ''}.`
      : `\`nx run ${name}:verify\` asks whether its port is open.`
  }

## Traps

${traps(request)}
`;
}
