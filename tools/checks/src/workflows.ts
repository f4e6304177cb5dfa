export const githubDirectory = '.github/workflows';
export const forgejoDirectory = '.forgejo/workflows';

/**
 * What Forgejo wants otherwise than GitHub: the action that keeps artifacts. GitHub's own refuses every other server,
 * and GitHub refuses a workflow with the address of an action in it, so that one file cannot serve both.
 */
const replaced: readonly [from: RegExp, to: string][] = [
  [
    /uses: actions\/upload-artifact@v[\d.]+/g,
    'uses: https://code.forgejo.org/forgejo/upload-artifact@v4',
  ],
];

/** The same workflow for Forgejo, from the one for GitHub. */
export function renderForgejo(workflow: string, name: string): string {
  const text = replaced.reduce((before, [from, to]) => before.replace(from, to), workflow);
  return `# Generated from ${githubDirectory}/${name}: change that, then run \`npm run generate\`.\n${text}`;
}
