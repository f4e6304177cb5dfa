import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { ProbeResult } from '@ai-stack/core';
import { formatJUnit } from './format-junit';
import { writeReports } from './write-reports';

const right: ProbeResult = {
  id: 'dns/a',
  level: 'client',
  service: 'dns',
  vantage: 'controller',
  target: 'A x @127.0.0.1',
  title: 'x has its address',
  expected: 'exactly 10.0.0.1',
  observed: '10.0.0.1',
  ok: true,
  durationMs: 12,
};
const wrong: ProbeResult = {
  ...right,
  id: 'qdrant/key',
  service: 'qdrant',
  observed: '<b>&"\u0001',
  ok: false,
  fix: 'mend it',
};

it('writes JSON and JUnit for each service', async () => {
  const directory = mkdtempSync('/tmp/ai-stack-reports-');
  try {
    const paths = await writeReports(directory, 'lab', [right, wrong]);
    expect(paths).toEqual(
      ['dns.json', 'dns.xml', 'qdrant.json', 'qdrant.xml'].map((file) =>
        join(directory, 'lab', file),
      ),
    );
    const report: unknown = JSON.parse(readFileSync(join(directory, 'lab/dns.json'), 'utf8'));
    expect(report).toEqual({ version: 1, environment: 'lab', service: 'dns', probes: [right] });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

it('counts and escapes in JUnit', async () => {
  const xml = await formatJUnit('lab', [right, wrong]);
  expect(xml).toContain(
    '<testsuites name="verify lab" tests="2" failures="1" errors="0" time="0.024">',
  );
  expect(xml).toContain('<testsuite name="lab.qdrant" tests="1" failures="1"');
  expect(xml).toContain('classname="lab.dns.client" time="0.012"');
  expect(xml).toContain('message="&lt;b&gt;&amp;&quot;?"');
  expect(xml).toContain('fix: mend it');
  expect(xml).not.toContain('\u0001');
});
