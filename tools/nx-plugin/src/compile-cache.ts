import { dirname } from 'node:path';

/** Of `node:module`, from Node 22.1; the types are those of Node 20. */
interface CompileCache {
  getCompileCacheDir?: () => string | undefined;
}

/**
 * Nx keeps its own compiled code where Node can (its `enable-compile-cache`), but not in the process that runs a batch:
 * that one is told where. Node adds a directory for its version to the one that it is told. Pure.
 */
export function cacheVariables({ getCompileCacheDir }: CompileCache): Record<string, string> {
  const directory = getCompileCacheDir?.();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}
