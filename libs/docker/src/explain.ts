import { StackError } from '@ai-stack/core';

/** Prints the state of the socket $1 as the login's own user sees it, on a line of its own after any banner. */
export const socketScript = `echo
if [ ! -S "$1" ]; then
  for own in "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}" "$HOME/.docker/run" /run/user/*; do
    if [ -S "$own/docker.sock" ]; then echo rootless; exit; fi
  done
  command -v dockerd docker >/dev/null 2>&1 && echo stopped || echo absent
elif [ ! -w "$1" ]; then echo denied
else echo silent
fi`;

/** The error for an engine that does not answer, by what `socketScript` printed. */
export function explainSilence(host: string, state: string, cause: unknown): StackError {
  const explanations: Record<string, [what: string, fix: string]> = {
    absent: [
      'there is no Docker Engine',
      'install Docker Engine 24 or newer with the Compose plugin on the host',
    ],
    rootless: [
      'the only Docker Engine is a rootless one, of one user',
      'do not start a second engine next to it: name another host in hosts/, or move this one to an engine of the system ' +
        '(dockerd-rootless-setuptool.sh uninstall, then sudo systemctl enable --now docker; images and containers do not move). ' +
        'The stack needs port 53, the addresses of clients and directories of root, which a rootless engine does not have',
    ],
    stopped: [
      'the Docker Engine is not running',
      'sudo systemctl enable --now docker on the host; journalctl -u docker says why it stopped',
    ],
    denied: [
      'the SSH user may not use the Docker Engine',
      "set ssh: { sudo: true } in the host's file, with a user who may run sudo without a password " +
        'there; the group docker alone is not enough, because the directories of the stack belong to root',
    ],
  };
  const [what, fix] = explanations[state] ?? [
    'the Docker Engine does not answer',
    'look at journalctl -u docker on the host; its sshd must allow AllowStreamLocalForwarding',
  ];
  return new StackError(what, { where: { host }, fix, cause });
}

/** Words of the engine when a container cannot start, of which the cause is not the container. */
const startRules: [pattern: RegExp, what: string, fix: string][] = [
  [
    /open sysctl net\.ipv4\.ip_unprivileged_port_start file: reopen fd \d+: permission denied/,
    'the host is itself an LXC container (Proxmox), and its AppArmor profile refuses what runc does since 1.2.8 and 1.3.3',
    'on the Proxmox host: update lxc-pve to 6.0.5-2 or newer (apt full-upgrade) and restart this container; else "lxc.apparmor.profile: unconfined" in ' +
      '/etc/pve/lxc/<id>.conf, which weakens its isolation; or run Docker in a virtual machine. An older runc ' +
      '(containerd.io 1.7.28-1) starts containers, too, with its known holes (CVE-2025-52881)',
  ],
];

/** What is known about an engine's words at the start of a container; undefined: nothing. */
export function explainStart(engineError: string): { what: string; fix: string } | undefined {
  const rule = startRules.find(([pattern]) => pattern.test(engineError));
  return rule === undefined ? undefined : { what: rule[1], fix: rule[2] };
}

const pullRules: [pattern: RegExp, what: string, fix: string][] = [
  [
    /toomanyrequests|rate limit|\b429\b/i,
    'the registry refuses more pulls for now',
    'wait for the limit to pass, or set registryMirror in environment.yaml',
  ],
  [
    /no matching manifest for/i,
    "the image does not exist for this host's processor",
    'choose a tag that offers this platform',
  ],
  [
    /manifest unknown|manifest for .* not found|not found: manifest|No such image/i,
    'there is no such image',
    "correct the image's tag or digest in the service's options",
  ],
  [
    /pull access denied|unauthorized|authentication required|denied: /i,
    'the registry refuses this image: it does not exist or needs a login',
    'correct the name; images that need a login are pulled by hand on the host, or from registryMirror',
  ],
  [
    /no space left on device/i,
    'the disk of the engine is full',
    'free space on the host: docker system df shows what holds it',
  ],
  [
    /x509|certificate/i,
    "the engine does not trust the registry's certificate",
    "add the registry's CA under /etc/docker/certs.d on the host",
  ],
  [
    /no such host|i\/o timeout|connection refused|server misbehaving|network is unreachable|deadline exceeded|no route to host/i,
    'the engine cannot reach the registry',
    "check the host's DNS and its way to the internet, or set registryMirror in environment.yaml",
  ],
];

/** The error for a failed pull, from the engine's own words. */
export function explainPull(
  host: string,
  image: string,
  engineError: string,
  cause?: unknown,
): StackError {
  const rule = pullRules.find(([pattern]) => pattern.test(engineError));
  const what = `pulling ${image} failed: ${rule?.[1] ?? 'see below'}\n  engine: ${engineError}`;
  return new StackError(what, {
    where: { host },
    fix: rule?.[2] ?? `try docker pull ${image} on the host`,
    cause,
  });
}
