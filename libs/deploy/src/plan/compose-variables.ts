import type { Release, Warning } from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';

const line = /^[ \t]*(?:export[ \t]+)?(COMPOSE_[A-Z_]+)[ \t]*=/;

/** Lines of the host's `.env` that Compose takes for its own settings when it is run there by hand. Pure. */
export function composeVariableWarnings(release: Release, facts: HostFacts): Warning[] {
  const text = facts.services[release.service]?.env?.reveal() ?? '';
  return text.split('\n').flatMap((item, index) => {
    const [, key] = line.exec(item) ?? [];
    if (key === undefined) return [];
    const place = `${release.stackDirectory}/.env on ${facts.host}, line ${index + 1}`;
    return [
      {
        reason: `${place}: ${key} changes what docker compose does there by hand (a deploy ignores it)`,
        fix: 'remove that line',
      },
    ];
  });
}
