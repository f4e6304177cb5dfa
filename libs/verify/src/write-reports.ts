import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProbeResult, VerifyReport } from '@ai-stack/core';
import { formatJUnit } from './format-junit';

/** The reports of all services in the results, sorted by service. */
export function reportsOf(environment: string, results: readonly ProbeResult[]): VerifyReport[] {
  const services = [...new Set(results.map((result) => result.service))].sort();
  return services.map((service) => ({
    version: 1,
    environment,
    service,
    probes: results.filter((result) => result.service === service),
  }));
}

/** Writes `<directory>/<environment>/<service>.json` and `.xml` (JUnit); gives back their paths. */
export async function writeReports(
  directory: string,
  environment: string,
  results: readonly ProbeResult[],
): Promise<string[]> {
  const folder = join(directory, environment);
  await mkdir(folder, { recursive: true });
  const written = reportsOf(environment, results).map(async (report) => {
    const json = join(folder, `${report.service}.json`);
    const xml = join(folder, `${report.service}.xml`);
    await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
    await writeFile(xml, await formatJUnit(environment, report.probes));
    return [json, xml];
  });
  return (await Promise.all(written)).flat();
}
