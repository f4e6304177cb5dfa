'use strict';
// What runs often, as one file each in dist/stack: compiled once, and again when a source is newer. Without it each start
// would compile two hundred files and read a thousand. Plain JavaScript, because it is what compiles the rest.
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

/** Path of a compiled program, up to date. Throws an Error whose message shows file and line of what does not compile. */
function bundle(root, program) {
  return upToDate(root, program).file;
}

/**
 * What a program exports. Node keeps no compiled code between two starts; V8's own cache of it does, and spares a third
 * of the time until the first line. V8 compiles a function when it is first called, so the cache holds what ran before
 * it was written: `uses` names what this process does, and a use that is new is added to the cache.
 */
function load(root, program, uses = []) {
  const { file, id, source } = upToDate(root, program);
  // A cache belongs to one text; V8 itself compares no more than its length.
  const cacheFile = join(root, folder, `${program.name}.${id}.${process.version}.cache`);
  const cache = readCache(cacheFile);
  const script = new Script(source, {
    filename: file,
    cachedData: cache?.code,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const known = cache === undefined || script.cachedDataRejected ? undefined : cache.uses;
  const added = uses.filter((use) => known?.includes(use) !== true);
  if (known === undefined || added.length > 0)
    uncached.set(cacheFile, {
      isNew: known === undefined,
      make: () => formatCache([...(known ?? []), ...added], script.createCachedData()),
    });
  const own = new Module(file, module);
  own.filename = file;
  own.paths = Module._nodeModulePaths(join(root, folder));
  const run = script.runInThisContext();
  run.call(own.exports, own.exports, createRequire(file), own, file, join(root, folder));
  return own.exports;
}

/** Cache file -> what makes its content. */
const uncached = new Map();
process.once('exit', keepCompiled);

/**
 * Writes the caches that are missing, and adds new uses to the others unless they failed, as a misspelt command does.
 * Called at the end, because what ran until then is in it, too; a process that is ended by a signal, as Nx ends its
 * workers, calls it itself before.
 */
function keepCompiled() {
  for (const [file, { isNew, make }] of uncached) if (isNew || !process.exitCode) put(file, make());
  uncached.clear();
}

/** V8 copies what does not begin at a multiple of the length of a pointer. */
const pointer = 8;

/** A cache file: the uses in one line, padded, then V8's data. */
function formatCache(uses, code) {
  const line = JSON.stringify(uses);
  const width = Math.ceil((line.length + 1) / pointer) * pointer;
  return Buffer.concat([Buffer.from(`${line.padEnd(width - 1)}\n`), code]);
}

function readCache(file) {
  try {
    const content = readFileSync(file);
    const end = content.indexOf('\n');
    return {
      uses: JSON.parse(content.toString('latin1', 0, end)),
      code: content.subarray(end + 1),
    };
  } catch {
    return undefined;
  }
}

/** The services with a definition. */
function definitions(root) {
  return readdirSync(join(root, 'apps'))
    .filter((name) => existsSync(join(root, 'apps', name, 'service.ts')))
    .sort();
}

function upToDate(root, program) {
  const { name } = program;
  const file = join(root, folder, `${name}.cjs`);
  const entry = program.entry(definitions(root)).join('\n');
  const kept = readFresh(root, name, entry, file);
  return { file, ...(kept ?? build(root, name, entry, file)) };
}

/**
 * The compiled text, unless a source has changed: one with another stamp is read, and may hold the same text in a copy of
 * the workspace or after `git checkout`. Two processes may build at once: text and stamps must be of one build.
 */
function readFresh(root, name, entry, file) {
  try {
    const known = JSON.parse(readFileSync(join(root, folder, `${name}.json`), 'utf8'));
    if (known.entry !== entry) return undefined;
    const touched = Object.keys(known.stamps).filter(
      (path) => stampOf(root, path) !== known.stamps[path],
    );
    if (!touched.every((path) => hashOf(root, path) === known.hashes[path])) return undefined;
    // One byte a character (`toAscii`): V8 takes such a text as it is, and need not decode it.
    const source = readFileSync(file, 'latin1');
    if (!source.startsWith(headOf(known.id))) return undefined;
    if (touched.length > 0) putStamps(root, name, known);
    return { id: known.id, source };
  } catch {
    return undefined;
  }
}

/** Writes what is known of a build, with the stamps of now. */
function putStamps(root, name, { id, entry, hashes }) {
  const stamps = Object.fromEntries(Object.keys(hashes).map((path) => [path, stampOf(root, path)]));
  put(join(root, folder, `${name}.json`), JSON.stringify({ id, entry, stamps, hashes }));
}

const headOf = (id) => `// build ${id}\n`;

/** Changes with every write. */
function stampOf(root, path) {
  const { mtimeMs, ctimeMs, size, ino } = statSync(`${root}/${path}`);
  return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
}

function hashOf(root, path) {
  return sha256(readFileSync(join(root, path)));
}

/** Node reads its own module only when a file has another stamp. */
function sha256(content) {
  return require('node:crypto').createHash('sha256').update(content).digest('hex');
}

function build(root, name, entry, file) {
  const { buildSync } = requireEsbuild();
  let result;
  try {
    result = buildSync({
      stdin: { contents: entry, resolveDir: root, sourcefile: `${name}.ts`, loader: 'ts' },
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      tsconfig: join(root, 'tsconfig.base.json'),
      alias: Object.fromEntries(unused.map((one) => [one, './tools/stack/unused.cjs'])),
      external: ['*.node', '@swc-node/register', 'nx', '@nx/*'],
      logLevel: 'silent',
      outfile: file,
    });
  } catch (error) {
    throw explain(error);
  }
  const sources = Object.keys(result.metafile.inputs).filter(
    (path) => !path.includes('node_modules/') && existsSync(join(root, path)),
  );
  const hashes = Object.fromEntries(
    [...fixed, ...sources].map((path) => [path, hashOf(root, path)]),
  );
  const text = Module.wrap(toAscii(result.outputFiles[0].text));
  const id = sha256(text).slice(0, 16);
  const source = headOf(id) + text;
  mkdirSync(join(root, folder), { recursive: true });
  for (const old of readdirSync(join(root, folder)))
    if (old.startsWith(`${name}.`) && old.endsWith('.cache'))
      rmSync(join(root, folder, old), { force: true });
  put(file, source);
  putStamps(root, name, { id, entry, hashes });
  return { id, source };
}

/** esbuild escapes what is in the code; what is left is in comments. */
function toAscii(text) {
  return text.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function requireEsbuild() {
  try {
    return require('esbuild');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error('The packages are not installed: run npm ci.', { cause: error });
  }
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

module.exports = { bundle, keepCompiled, load };
