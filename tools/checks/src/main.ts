import { badInput } from '@ai-stack/core';
import { formatErrors } from '@ai-stack/report';
import { writeGenerated } from './generated';

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  if (words.length > 0)
    throw badInput(`unexpected word ${words.join(' ')}`, { fix: 'npm run generate' });
  const written = await writeGenerated(process.cwd());
  process.stdout.write(
    written.length === 0
      ? 'all generated files are fresh\n'
      : written.map((path) => `wrote ${path}\n`).join(''),
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${formatErrors(error, { colour: false, verbose: false })}\n`);
  process.exitCode = 1;
});
