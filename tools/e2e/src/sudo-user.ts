import { readFileSync } from 'node:fs';
import { onHost, type Workspace } from './lab';

/** A user of the lab's hosts who is not root, is in no special group, and may do everything through sudo. */
export interface SudoUser {
  name: string;
  port: number;
  /** Takes user and sshd away again. */
  remove(): Promise<void>;
}

const name = 'deployer';
const port = 2222;
const hosts = ['trusted', 'management'];
const inventory = 'libs/inventory/environments/lab/hosts';

/** Makes such a user on both hosts, with a second sshd on another port whose settings are the defaults. */
export async function addSudoUser(): Promise<SudoUser> {
  const add = [
    `id ${name} >/dev/null 2>&1 || useradd -m -s /bin/bash ${name}`,
    `install -d -m 700 -o ${name} ~${name}/.ssh`,
    `install -m 600 -o ${name} /root/.ssh/authorized_keys ~${name}/.ssh/`,
    `echo '${name} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${name}`,
    `[ -e /run/sshd-${port}.pid ] || /usr/sbin/sshd -p ${port} -o PidFile=/run/sshd-${port}.pid`,
  ].join('\n');
  await Promise.all(hosts.map((host) => onHost(host, 'bash', '-ec', add)));
  const drop = [
    `kill "$(cat /run/sshd-${port}.pid)" || true`,
    `rm -f /run/sshd-${port}.pid /etc/sudoers.d/${name}`,
    `pkill -KILL -u ${name} || true`,
    `userdel -r ${name} 2>/dev/null || true`,
  ].join('\n');
  return {
    name,
    port,
    remove: async () => {
      await Promise.all(hosts.map((host) => onHost(host, 'bash', '-c', drop)));
    },
  };
}

/** Makes such a user, and edits the inventory of a workspace so that it deploys as this user through that port. */
export async function becomeSudoUser(workspace: Workspace): Promise<SudoUser> {
  const user = await addSudoUser();
  workspace.write('known_hosts', keysAtPort());
  for (const host of hosts) {
    const login = `user: ${name}\n  port: ${port}\n  sudo: true`;
    workspace.edit(`${inventory}/${host}.yaml`, 'user: root', login);
    workspace.edit(`${inventory}/${host}.yaml`, '.lab/keys/known_hosts', 'known_hosts');
  }
  return user;
}

/** The known keys of the lab's hosts, for the same addresses at the other port. */
export function keysAtPort(): string {
  const hostKeyLines = readFileSync('.lab/keys/known_hosts', 'utf8');
  return hostKeyLines.replaceAll(/^([^ ,]+)\S* /gm, `[$1]:${port} `);
}
