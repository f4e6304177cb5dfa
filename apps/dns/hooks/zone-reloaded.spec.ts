import { expect, it } from '@jest/globals';
import type { ReloadedContext } from '@ai-stack/core';
import { renderService } from '@ai-stack/render';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { zoneReloaded } from './zone-reloaded';

const environment = labEnvironment();
const [release] = renderService(environment, 'dns', definitions['dns']!);
const probeOf = (file: ReloadedContext['file']) =>
  zoneReloaded({ environment, release: release!, file });

it('asks the resolver, from its own host, for the new serial', () => {
  expect(probeOf({ path: '/z', serial: 42 })).toMatchObject({
    vantage: 'host:trusted',
    ask: { kind: 'dns', server: '172.30.77.11', name: 'lab.example', type: 'SOA' },
    expect: { answers: ['* * 42'] },
    fix: 'npx nx run dns:logs:lab shows why',
  });
});

it('has nothing to ask of a file without a serial', () => {
  expect(probeOf({ path: '/z' })).toBeUndefined();
});
