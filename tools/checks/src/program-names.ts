/** The programs that the services of this repository run. */
const programs = /ollama|litellm|qdrant|vllm|open[-_ ]?webui|coredns/i;

/**
 * Whether a file is code that serves every service: the libraries and the command line. What tests alone use may name
 * programs, and so may the inventory, which is the operator's, and the schemas, which follow from the contracts.
 */
export function isForEveryService(file: string): boolean {
  if (!/^(?:libs|tools\/stack)\//.test(file)) return false;
  return !/\.spec\.ts$|\/fixtures\/|^libs\/testing\/|^libs\/inventory\/(?:environments|schemas)\//.test(
    file,
  );
}

/** The lines of a text that name a program, each as `file:line: text`. */
export function programNames(file: string, text: string): string[] {
  return text
    .split('\n')
    .map((line, at) => ({ line, place: `${file}:${at + 1}` }))
    .filter(({ line }) => programs.test(line))
    .map(({ line, place }) => `${place}: ${line.trim()}`);
}
