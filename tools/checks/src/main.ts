import { formatErrors } from '@ai-stack/report';
import { writeGenerated } from './generated';

async function main(): Promise<void> {
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
