import { StackError, type Host } from '@ai-stack/core';

interface Rule {
  pattern: RegExp;
  what: string;
  fix: (host: Host, text: string) => string;
}

/** What OpenSSH says, most telling first: one failure prints several lines. */
const rules: Rule[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/,
    what: 'the host key is not the one in known_hosts: another machine answers, or the host was reinstalled',
    fix: (host, text) =>
      `find out why first; if it was reinstalled, remove the old key with ${removeKey(host, text)} and then ${confirmKey(host)}`,
  },
  {
    pattern: /No .* host key is known for|Host key verification failed/,
    what: 'the host key is unknown',
    fix: confirmKey,
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE|bad permissions/,
    what: 'others can read the private key file, so OpenSSH ignores it',
    fix: (host) => `chmod 600 ${host.ssh.identity ?? '<the key file named below>'}`,
  },
  {
    pattern: /Identity file .* not accessible/,
    what: 'the private key file is missing',
    fix: (host) => `create ${host.ssh.identity ?? 'it'}, or change ssh.identity in the host's file`,
  },
  {
    pattern: /Too many authentication failures/,
    what: 'the SSH agent offered too many keys before the right one',
    fix: () =>
      "set ssh.identity in the host's file, or IdentityFile with IdentitiesOnly in your ssh_config",
  },
  {
    pattern: /Permission denied \(/,
    what: 'the host refused the login',
    fix: (host) =>
      `make ${plainSsh(host)} work without a password: load the key (ssh-add -l shows what is loaded) and put its public half into the host's authorized_keys; ssh.user and ssh.identity are in the host's file`,
  },
  {
    pattern: /Connection refused/,
    what: 'nothing listens on its SSH port',
    fix: (host) =>
      `start sshd on the host, or correct address and ssh.port (now ${endpointOf(host)})`,
  },
  {
    pattern: /timed out|Timeout, server|Operation timed out/i,
    what: 'the host did not answer in time',
    fix: (host) =>
      `check that it is on and reachable from here (${endpointOf(host)}): ping ${host.address}`,
  },
  {
    pattern: /Could not resolve hostname/,
    what: 'a name could not be resolved',
    fix: unresolvedName,
  },
  {
    pattern: /No route to host|Network is unreachable/,
    what: 'there is no route to the host',
    fix: (host) =>
      `check that it is on and that this machine is in its network: ping ${host.address}`,
  },
  {
    pattern: /Session open refused by peer/,
    what: "the host's sshd allows too few sessions on one connection",
    fix: () => 'set MaxSessions 10 (the default) or more in its sshd_config',
  },
  {
    pattern: /administratively prohibited|forwarding request failed|Port forwarding failed/,
    what: "the host's sshd refuses to forward",
    fix: () => 'set AllowTcpForwarding yes and AllowStreamLocalForwarding yes in its sshd_config',
  },
  {
    pattern: /kex_exchange_identification|Connection (?:closed|reset) by|banner exchange/,
    what: 'the host closed the connection before the login',
    fix: () =>
      'look at its sshd log: MaxStartups reached, the address blocked, or sshd not starting',
  },
  {
    pattern: /Bad configuration option|Bad owner or permissions|terminating, \d+ bad configuration/,
    what: 'your OpenSSH configuration has an error',
    fix: (host) => `correct it; ssh -G ${host.fqdn} shows what OpenSSH reads`,
  },
];

/** Whether OpenSSH itself failed before the login, in a way that passes by itself (MaxStartups). */
export function isPassing(lines: readonly string[]): boolean {
  const text = lines.join('\n');
  return /kex_exchange_identification|Connection reset by peer/.test(text) && !/refused/.test(text);
}

/** The error for what OpenSSH wrote to stderr: cause and fix where it is known, the last lines always. */
export function explainFailure(host: Host, lines: readonly string[], doing: string): StackError {
  const text = lines.join('\n');
  const rule = rules.find(({ pattern }) => pattern.test(text));
  const lastLine = lines
    .slice(-5)
    .map((line) => `\n  ssh: ${line}`)
    .join('');
  return new StackError(`${doing} failed: ${rule?.what ?? 'OpenSSH gave up'}${lastLine}`, {
    where: { host: host.name },
    fix: rule?.fix(host, text) ?? `try ${plainSsh(host)} by hand; it shows more with -v`,
  });
}

/** The name is the host's own, that of our `ssh.jump`, or one of the operator's ssh_config. */
function unresolvedName(host: Host, text: string): string {
  const name = /Could not resolve hostname ([^\s:]+)/.exec(text)?.[1] ?? '';
  if ([host.fqdn, host.address].includes(name)) {
    return `write the address of ${host.fqdn} into the host's file, or HostName for it into your ssh_config (ssh -G ${host.fqdn} shows what it says)`;
  }
  const { jump } = host.ssh;
  if (jump?.includes(name) === true && name !== '')
    return `correct ssh.jump (${jump}) in the host's file`;
  return `correct ${name || 'it'} in your ssh_config: HostName or ProxyJump (ssh -G ${host.fqdn} shows them)`;
}

function plainSsh(host: Host): string {
  const { user, port } = host.ssh;
  const words = ['ssh', ...(port === undefined ? [] : ['-p', port])];
  return [...words, user === undefined ? host.address : `${user}@${host.address}`].join(' ');
}

function endpointOf(host: Host): string {
  return `${host.address} port ${host.ssh.port ?? 22}`;
}

function knownAs(host: Host): string {
  const port = host.ssh.port ?? 22;
  return port === 22 ? host.address : `'[${host.address}]:${port}'`;
}

function knownHostsOf(host: Host): string {
  return host.ssh.knownHosts ?? '~/.ssh/known_hosts';
}

/** The key may be known by name; OpenSSH says by which. */
function removeKey(host: Host, text: string): string {
  const changed = /Host key for (\S+) has changed/.exec(text)?.[1];
  const quoted = changed?.startsWith('[') === true ? `'${changed}'` : changed;
  const name = quoted ?? knownAs(host);
  return `ssh-keygen -f ${knownHostsOf(host)} -R ${name}`;
}

function confirmKey(host: Host): string {
  const port = host.ssh.port === undefined ? '' : `-p ${host.ssh.port} `;
  const scan = `ssh-keyscan -t ed25519 ${port}${host.address}`;
  return (
    `fetch the key with ${scan} > key, compare ssh-keygen -lf key with what ` +
    `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub says on the host's own console, ` +
    `and only if they are equal: cat key >> ${knownHostsOf(host)}`
  );
}
