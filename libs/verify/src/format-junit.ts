import type { ProbeResult } from '@ai-stack/core';

/** Results as JUnit XML: one suite per service, one case per probe. The library is read when it is needed. */
export async function formatJUnit(
  environment: string,
  results: readonly ProbeResult[],
): Promise<string> {
  const { create } = await import('xmlbuilder2');
  const root = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '?' }).ele(
    'testsuites',
    { name: `verify ${environment}`, ...countsOf(results) },
  );
  const services = [...new Set(results.map((result) => result.service))].sort();
  for (const service of services) {
    const own = results.filter((result) => result.service === service);
    const suite = root.ele('testsuite', { name: `${environment}.${service}`, ...countsOf(own) });
    for (const result of own) {
      const test = suite.ele('testcase', {
        name: `${result.title} [${result.id}]`,
        classname: `${environment}.${service}.${result.level}`,
        time: seconds(result.durationMs),
      });
      if (!result.ok) {
        const failure = { message: result.observed, type: result.level };
        test.ele('failure', failure).txt(detailsOf(result));
      }
      if (result.unseen !== undefined) test.ele('system-out').txt(`not seen: ${result.unseen}`);
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

function countsOf(results: readonly ProbeResult[]): Record<string, string> {
  return {
    tests: String(results.length),
    failures: String(results.filter((result) => !result.ok).length),
    errors: '0',
    time: seconds(results.reduce((sum, result) => sum + result.durationMs, 0)),
  };
}

function detailsOf({ target, vantage, expected, observed, fix }: ProbeResult): string {
  const lines = [`asked ${target} from ${vantage}`, `expected ${expected}`, `observed ${observed}`];
  return [...lines, ...(fix === undefined ? [] : [`fix: ${fix}`])].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
