/** A service and the tags of its project. */
export interface Tagged {
  name: string;
  tags: readonly string[];
}

/** The content of owners.yaml: handles by team, and the team of what is not a service. */
export interface Owners {
  teams: Readonly<Record<string, readonly string[]>>;
  others: string;
}

/** Who reads a CODEOWNERS file: GitHub (patterns, the last match wins) or Forgejo and Gitea (regular expressions). */
export type Reader = 'github' | 'forgejo';

/**
 * Where each reader looks first. They share the place `CODEOWNERS` but not the language, so GitHub gets the directory
 * that it prefers and the others do not read.
 */
export const codeownersFiles: Record<Reader, string> = {
  github: '.github/CODEOWNERS',
  forgejo: 'CODEOWNERS',
};

const prefix = 'owner:';

/** What is wrong with the owners of the services, each with what to do; empty when every one has exactly one. */
export function checkOwners(services: readonly Tagged[], owners: Owners): string[] {
  const teamNames = Object.keys(owners.teams).sort().join(', ');
  const addTeam = (team: string) =>
    `add the team ${team} with its handle to tools/checks/owners.yaml (there are: ${teamNames})`;
  const ofServices = services.flatMap(({ name, tags }) => {
    const file = `apps/${name}/project.json`;
    const teams = teamsOf(tags);
    const [team] = teams;
    if (team === undefined) {
      return [
        `${file}: ${name} has no owner; write { "name": "${name}", "tags": ["owner:<team>"] } with one of ${teamNames}`,
      ];
    }
    if (teams.length > 1) return [`${file}: ${name} has the owners ${teams.join(', ')}; keep one`];
    return hasHandles(owners, team) ? [] : [`${file}: ${addTeam(team)}`];
  });
  return hasHandles(owners, owners.others)
    ? ofServices
    : [...ofServices, `tools/checks/owners.yaml: ${addTeam(owners.others)}`];
}

/**
 * The CODEOWNERS file for one reader. Services without a known owner are left out: `checkOwners` names them. So are those
 * of the team that owns the rest: a user's own service changes no file of this repository, and an update merges.
 */
export function renderCodeowners(
  services: readonly Tagged[],
  owners: Owners,
  reader: Reader,
): string {
  const { other: rule, service } = patterns[reader];
  const apart = services.filter(({ tags }) => {
    const [team] = teamsOf(tags);
    return team !== undefined && team !== owners.others && hasHandles(owners, team);
  });
  const lines = [...apart]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, tags }) => line(service(name), owners, teamsOf(tags)[0] ?? ''));
  return [
    `# For ${reader === 'github' ? 'GitHub' : 'Forgejo and Gitea, which want regular expressions'}.`,
    '# Generated from the owner: tags and tools/checks/owners.yaml: change those, then run `npm run generate`.',
    ...line(rule(apart.map(({ name }) => name).sort()), owners, owners.others),
    ...lines.flat(),
    '',
  ].join('\n');
}

const patterns: Record<
  Reader,
  { other: (apart: readonly string[]) => string; service: (name: string) => string }
> = {
  github: { other: () => '*', service: (name) => `/apps/${name}/` },
  forgejo: {
    other: (apart) => (apart.length > 0 ? `!apps/(?:${apart.join('|')})/.*` : '.*'),
    service: (name) => `apps/${name}/.*`,
  },
};

function line(pattern: string, owners: Owners, team: string): string[] {
  return hasHandles(owners, team) ? [`${pattern} ${(owners.teams[team] ?? []).join(' ')}`] : [];
}

function teamsOf(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length));
}

function hasHandles({ teams }: Owners, team: string): boolean {
  return Object.hasOwn(teams, team) && (teams[team]?.length ?? 0) > 0;
}
