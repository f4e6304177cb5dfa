import { writeGenerated } from './generated';

const written = writeGenerated(process.cwd());
process.stdout.write(
  written.length === 0
    ? 'all generated files are fresh\n'
    : written.map((path) => `wrote ${path}\n`).join(''),
);
