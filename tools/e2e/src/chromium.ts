import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** What a user's machine knows of the stack: who resolves its names, and whose certificates it trusts. */
export interface Machine {
  readonly nameserver: string;
  /** A PEM file. */
  readonly authority: string;
}

// Names come from the machine's resolver, so the browser gets a view of /etc with one of its own.
const launcher = (resolvConf: string) => `#!/bin/sh
exec unshare --mount sh -ec 'mount --bind "$0" /etc/resolv.conf; exec chromium "$@"' '${resolvConf}' "$@"
`;

/** Debian's headless Chromium on such a machine: as a user has it, with no name or certificate waved through. */
export class Chromium {
  private readonly home = mkdtempSync(join(tmpdir(), 'ai-stack-chromium-'));
  private opened?: Browser;

  async open(machine: Machine): Promise<Browser> {
    const [program, resolvConf] = [join(this.home, 'chromium'), join(this.home, 'resolv.conf')];
    writeFileSync(resolvConf, `nameserver ${machine.nameserver}\n`);
    writeFileSync(program, launcher(resolvConf), { mode: 0o755 });
    await this.trust(machine.authority);
    // The sandbox refuses to be root's, which the lab's owner is.
    this.opened = await chromium.launch({
      executablePath: program,
      chromiumSandbox: false,
      env: { ...process.env, HOME: this.home, NODE_OPTIONS: '' },
      args: ['--disable-features=DnsOverHttps,AsyncDns'],
    });
    return this.opened;
  }

  /** Ends the browser and leaves nothing. */
  async close(): Promise<void> {
    await this.opened?.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  private async trust(authority: string): Promise<void> {
    const store = join(this.home, '.pki/nssdb');
    mkdirSync(store, { recursive: true });
    const certutil = (...args: string[]) => execa('certutil', ['-d', `sql:${store}`, ...args]);
    await certutil('-N', '--empty-password');
    await certutil('-A', '-t', 'C,,', '-n', 'lab', '-i', authority);
  }
}
