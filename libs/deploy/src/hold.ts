import type { OpenHost } from './facts/collect-all';
import type { Hold } from './state-files';

const holdHostScript = `set -eu
umask 022
mkdir -p -- "$1"
cat >"$1/.hold.json.new"
sync -- "$1/.hold.json.new" 2>/dev/null || sync
mv -f -- "$1/.hold.json.new" "$1/.hold.json"`;
const unholdHostScript = `set -eu
rm -f -- "$1/.hold.json"`;

/** Asks that nothing be changed on these hosts until `unholdHosts`; an earlier hold is replaced. Throws StackErrors. */
export async function holdHosts(hosts: readonly OpenHost[], hold: Hold): Promise<void> {
  const stdin = `${JSON.stringify(hold)}\n`;
  await Promise.all(
    hosts.map(({ host, connection }) =>
      connection.script(holdHostScript, [host.stackRoot], { stdin, doing: 'holding it' }),
    ),
  );
}

/** Ends every hold. */
export async function unholdHosts(hosts: readonly OpenHost[]): Promise<void> {
  await Promise.all(
    hosts.map(({ host, connection }) =>
      connection.script(unholdHostScript, [host.stackRoot], { doing: 'ending the hold' }),
    ),
  );
}
