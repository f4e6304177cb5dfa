'use strict';
// The command line as one file, dist/stack/stack.cjs: compiled once, and again when a source is newer. Without it each
// start would compile two hundred files and read a thousand. Plain JavaScript, because it is what compiles the rest.
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { constants, Script } = require('node:vm');

const { createRequire } = Module;
const folder = 'dist/stack';
/** What decides which packages are in it, and how it is built. */
const fixed = ['package-lock.json', 'tsconfig.base.json', 'tools/stack/bundle.cjs'];
/** dockerode builds images and speaks SSH with these; ours does neither, and they are a third of its start. */
const unused = ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs'];

/** Path of the bundle, up to date. Throws an Error whose message shows file and line of what does not compile. */
function bundle(root) {
  const file = join(root, folder, 'stack.cjs');
  const services = definitions(root);
  if (!isFresh(root, services)) build(root, services, file);
  return file;
}

/**
 * What the bundle exports: `main()` runs the command line, `runTasks` the tasks of a batch of Nx. Node keeps no compiled
 * code between two starts; V8's own cache of it does, and spares a third of the time until the first line.
 */
function load(root) {
  const file = bundle(root);
  const cacheFile = `${file}.${process.version}.cache`;
  const cachedData = readIfThere(cacheFile);
  const source = readFileSync(file, 'utf8');
  const script = new Script(Module.wrap(source), {
    filename: file,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (cachedData === undefined || script.cachedDataRejected) {
    // At the end: what ran until then is in it, too.
    process.once('exit', () => put(cacheFile, script.createCachedData()));
  }
  const own = new Module(file, module);
  own.filename = file;
  own.paths = Module._nodeModulePaths(join(root, folder));
  const run = script.runInThisContext();
  run.call(own.exports, own.exports, createRequire(file), own, file, join(root, folder));
  return own.exports;
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function definitions(root) {
  return readdirSync(join(root, 'apps'))
    .filter((name) => existsSync(join(root, 'apps', name, 'service.ts')))
    .sort();
}

function isFresh(root, services) {
  try {
    const known = JSON.parse(readFileSync(join(root, folder, 'stack.json'), 'utf8'));
    return (
      existsSync(join(root, folder, 'stack.cjs')) &&
      known.services.join() === services.join() &&
      Object.entries(known.stamps).every(([path, stamp]) => stampOf(root, path) === stamp)
    );
  } catch {
    return false;
  }
}

/** Changes with every write. */
function stampOf(root, path) {
  const { mtimeMs, ctimeMs, size, ino } = statSync(join(root, path));
  return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
}

function build(root, services, file) {
  const { buildSync } = require('esbuild');
  const own = services.map((name) => {
    const path = JSON.stringify(`./apps/${name}/service.ts`);
    return `  ${JSON.stringify(name)}: () => require(${path}),`;
  });
  const contents = [
    "const { offerDefinitions } = require('./tools/stack/src/definitions.ts');",
    `offerDefinitions({\n${own.join('\n')}\n});`,
    "exports.main = () => require('./tools/stack/src/main.ts');",
    "exports.runTasks = (...args) => require('./tools/nx-plugin/src/run-tasks.ts').runTasks(...args);",
  ].join('\n');
  let result;
  try {
    result = buildSync({
      stdin: { contents, resolveDir: root, sourcefile: 'stack.ts', loader: 'ts' },
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      tsconfig: join(root, 'tsconfig.base.json'),
      alias: Object.fromEntries(unused.map((name) => [name, './tools/stack/unused.cjs'])),
      external: ['*.node', '@swc-node/register'],
      keepNames: true,
      logLevel: 'silent',
      outfile: file,
    });
  } catch (error) {
    throw explain(error);
  }
  const sources = Object.keys(result.metafile.inputs).filter(
    (path) => !path.includes('node_modules/') && existsSync(join(root, path)),
  );
  const stamps = Object.fromEntries(
    [...fixed, ...sources].map((path) => [path, stampOf(root, path)]),
  );
  mkdirSync(join(root, folder), { recursive: true });
  for (const name of readdirSync(join(root, folder)))
    if (name.endsWith('.cache')) rmSync(join(root, folder, name), { force: true });
  put(file, result.outputFiles[0].text);
  put(join(root, folder, 'stack.json'), JSON.stringify({ services, stamps }));
}

/** Whole or not at all: two commands may build at once. A cache that cannot be written costs time, and nothing else. */
function put(file, content) {
  const fresh = `${file}.${process.pid}`;
  try {
    writeFileSync(fresh, content);
    renameSync(fresh, file);
  } catch (error) {
    if (!file.endsWith('.cache')) throw error;
  }
}

function explain(error) {
  if (!Array.isArray(error.errors)) return error;
  const lines = error.errors.map(({ text, location }) =>
    location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
  );
  return new Error(lines.join('\n'));
}

module.exports = { bundle, load };
