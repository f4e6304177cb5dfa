import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { images } from './images';

const SERVER = '/opt/double/server.mjs';
// CommonJS parts of a bundle ask for Node's own modules by `require`.
const BANNER = [
  '#!/bin/node',
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
].join('\n');

/** Writes `server.mjs` and `image.json` of every double into `directory/<name>/`. */
export async function buildDoubles(directory: string, source: string): Promise<void> {
  for (const [name, image] of Object.entries(images(SERVER))) {
    const out = join(directory, name);
    mkdirSync(out, { recursive: true });
    await build({
      stdin: {
        contents: `import { run } from './${name.replace(/-double$/, '')}/double'; run(process.argv.slice(2), process.env);`,
        resolveDir: source,
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      banner: { js: BANNER },
      logLevel: 'warning',
      legalComments: 'none',
      outfile: join(out, 'server.mjs'),
    });
    chmodSync(join(out, 'server.mjs'), 0o755);
    writeFileSync(join(out, 'image.json'), `${JSON.stringify(image, null, 2)}\n`);
  }
}

const [, , directory] = process.argv;
if (directory === undefined) {
  console.error('usage: build.ts <outdir>');
  process.exit(2);
}
buildDoubles(directory, 'tools/lab/doubles').catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
