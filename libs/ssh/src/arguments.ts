import { join } from 'node:path';
import { secondsOf, type Host } from '@ai-stack/core';

export interface OpenOptions {
  /** The workspace root: paths of the inventory start there. */
  root: string;
  connectTimeoutSeconds?: number;
  /** Receives one line per command: host, arguments, exit code and milliseconds; never the standard input. */
  log?: (line: string) => void;
  /** Read instead of the operator's own ssh_config and the system's. */
  configFile?: string;
  /** The address is not known yet: the operator's ssh_config says where `ssh <fqdn>` leads, or the name itself does. */
  isAddressOpen?: boolean;
  /** The name in known_hosts, where it is not the address: as plain `ssh <fqdn>` looks the host key up. */
  hostKeyAlias?: string | undefined;
  /** Ends what is still being opened. */
  signal?: AbortSignal;
}

export const defaultConnectTimeoutSeconds = 10;

/**
 * Arguments of the OpenSSH client that keeps the connection to `host` at the socket `control`.
 *
 * The destination is the host's name and HostName its address: the operator's `Host <fqdn>` blocks apply, and no
 * name has to be resolved, so that deploying never depends on the DNS that we deploy. Without HostKeyAlias
 * OpenSSH looks the key up under the address (`[address]:port` for another port than 22), which is what
 * `ssh-keyscan <address>` prints; a HostKeyAlias of the operator still wins. Where no key is known for the address, `openMaster`
 * asks again with the name under which plain `ssh <fqdn>` looks.
 */
export function masterArguments(host: Host, control: string, options: OpenOptions): string[] {
  const { ssh } = host;
  const timeout = options.connectTimeoutSeconds ?? defaultConnectTimeoutSeconds;
  const settings = {
    ...(options.isAddressOpen !== true && { HostName: host.address }),
    ...(options.hostKeyAlias !== undefined && { HostKeyAlias: options.hostKeyAlias }),
    ControlPersist: ssh.keepOpen === undefined ? 'no' : secondsOf(ssh.keepOpen),
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    ConnectTimeout: timeout,
    ServerAliveInterval: 5,
    ServerAliveCountMax: 3,
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    RemoteCommand: 'none',
    RequestTTY: 'no',
    PermitLocalCommand: 'no',
    StreamLocalBindMask: '0177',
    StreamLocalBindUnlink: 'yes',
    LogLevel: 'INFO',
    ...(ssh.identity !== undefined && { IdentitiesOnly: 'yes' }),
    ...(ssh.knownHosts !== undefined && {
      UserKnownHostsFile: `"${join(options.root, ssh.knownHosts).replaceAll('%', '%%')}"`,
    }),
  };
  return [
    ...(options.configFile === undefined ? [] : ['-F', options.configFile]),
    ...['-M', '-N', '-T', '-S', control],
    ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
    ...(ssh.user === undefined ? [] : ['-l', ssh.user]),
    ...(ssh.port === undefined ? [] : ['-p', String(ssh.port)]),
    ...(ssh.jump === undefined ? [] : ['-J', ssh.jump]),
    ...(ssh.identity === undefined ? [] : ['-i', join(options.root, ssh.identity)]),
    ...['--', host.fqdn],
  ];
}

/** Arguments with which OpenSSH says what `ssh <fqdn>` would do, without doing it. */
export function plainArguments({ fqdn, ssh }: Host, { configFile }: OpenOptions): string[] {
  return [
    '-G',
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(ssh.user === undefined ? [] : ['-l', ssh.user]),
    ...(ssh.port === undefined ? [] : ['-p', String(ssh.port)]),
    ...['--', fqdn],
  ];
}

/**
 * Arguments of a client that speaks through the socket and in no other way: no configuration is read, and the
 * direct connection that OpenSSH tries where the socket fails (MaxSessions reached) ends in `false`.
 */
export function muxArguments(control: string, more: readonly string[]): string[] {
  const settings = ['ControlMaster=no', 'BatchMode=yes', 'ProxyCommand=false', 'LogLevel=ERROR'];
  const options = settings.flatMap((setting) => ['-o', setting]);
  return ['-F', 'none', '-S', control, '-T', ...options, ...more];
}
