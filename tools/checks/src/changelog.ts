/** What is wrong with a changelog for the version that the project has; empty when it has an entry as it should. Pure. */
export function changelogErrors(text: string, version: string): string[] {
  const entries = text.split(/^## /m).slice(1);
  const entry = entries.find((candidate) => candidate.split('\n')[0]?.trim() === version);
  if (entry === undefined)
    return [`CHANGELOG.md has no entry "## ${version}", the version of package.json: add it`];
  const first = entries[0]?.split('\n')[0]?.trim();
  if (first !== version)
    return [`the first entry of CHANGELOG.md is ${first ?? ''}, package.json says ${version}`];
  const hosts = /^### On the hosts\n([^]*?)(?=^### |(?![^]))/m.exec(entry)?.[1]?.trim() ?? '';
  return hosts === ''
    ? [`CHANGELOG.md, ${version}: say below "### On the hosts" what a deploy recreates there`]
    : [];
}
