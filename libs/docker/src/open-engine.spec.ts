import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openConnection, type Connection } from '@ai-stack/ssh';
import { sshdPath, startSshd, type LocalSshd } from '@ai-stack/testing/sshd';
import { openEngine } from './open-engine';

jest.setTimeout(30_000);
if (sshdPath === undefined) {
  console.warn('the engine over SSH is not tested: install openssh-server');
}

(sshdPath === undefined ? describe.skip : describe)(
  'an engine, through sudo over a real sshd',
  () => {
    // Doubles of sudo, of `docker system dial-stdio` and of the engine's API: what counts is who waits for whom.
    const bin = mkdtempSync('/tmp/ai-stack-engine-');
    const socketPath = join(bin, 'engine.sock');
    const answers = new Map<string, (response: ServerResponse) => void>();
    const asked: string[] = [];
    let open = 0;
    let mostOpen = 0;
    let server: Server;
    let sshd: LocalSshd;
    let connection: Connection;

    beforeAll(async () => {
      const relay = `const s=require('net').connect('${socketPath}');process.stdin.pipe(s);s.pipe(process.stdout)`;
      writeFileSync(join(bin, 'sudo'), '#!/bin/sh\nshift 2\nexec "$@"\n', { mode: 0o755 });
      writeFileSync(join(bin, 'docker'), `#!/bin/sh\nexec '${process.execPath}' -e "${relay}"\n`, {
        mode: 0o755,
      });
      server = createServer((request, response) => {
        const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
        asked.push(path);
        const answer = answers.get(path);
        if (answer !== undefined) answer(response);
        else response.setHeader('content-type', 'application/json').end('[]');
      });
      server.on('connection', (socket) => {
        open += 1;
        mostOpen = Math.max(mostOpen, open);
        socket.once('close', () => (open -= 1));
      });
      await new Promise<void>((resolve) => server.listen(socketPath, resolve));
      sshd = await startSshd([`SetEnv PATH=${bin}:/usr/local/bin:/usr/bin:/bin`]);
      connection = await openConnection(sshd.host({ sudo: true }), { root: sshd.root });
    });
    afterEach(() => {
      answers.clear();
      asked.length = 0;
      mostOpen = 0;
    });
    afterAll(async () => {
      await connection.close();
      await sshd.stop();
      server.closeAllConnections();
      server.close();
      rmSync(bin, { recursive: true, force: true });
    });

    /** An answer that goes on until the test says otherwise. */
    const stream = (path: string): ServerResponse[] => {
      const begun: ServerResponse[] = [];
      answers.set(path, (response) => {
        response.setHeader('content-type', 'application/json').write('\n');
        begun.push(response);
      });
      return begun;
    };
    const within = <Result>(ms: number, work: Promise<Result>): Promise<Result | 'late'> =>
      Promise.race([work, sleep(ms, 'late' as const, { ref: false })]);

    it('answers while many services wait for events, through one stream that all share', async () => {
      const streams = stream('/events');
      const engine = await openEngine(connection);
      const stop = new AbortController();
      const woken: string[] = [];
      const projects = Array.from({ length: 8 }, (_, at) => `ai-${at}`);
      const watches = projects.map((project) =>
        engine.watch(project, () => woken.push(project), stop.signal),
      );
      while (streams.length === 0) await sleep(20);
      expect(await within(5000, engine.inspectProject('ai-0'))).toEqual([]);
      const attributes = { 'com.docker.compose.project': 'ai-3' };
      streams[0]?.write(
        `${JSON.stringify({ Action: 'start', Actor: { Attributes: attributes } })}\n`,
      );
      while (woken.length === 0) await sleep(20);
      expect([woken, streams.length]).toEqual([['ai-3'], 1]);
      stop.abort();
      expect(await within(2000, Promise.all(watches))).toHaveLength(8);
    });

    it('answers while images are pulled, of which two go on at once and the others wait', async () => {
      const pulls = stream('/images/create');
      const engine = await openEngine(connection);
      const all = ['a', 'b', 'c', 'd', 'e'].map((name) =>
        engine.pullImage(`${name}:1`, () => undefined),
      );
      while (pulls.length < 2) await sleep(20);
      expect(await within(5000, engine.inspectProject('ai-0'))).toEqual([]);
      expect(pulls).toHaveLength(2);
      for (let at = 0; at < all.length; at += 1) {
        while (pulls[at] === undefined) await sleep(20);
        pulls[at]?.end(`${JSON.stringify({ status: 'Status: Image is up to date' })}\n`);
      }
      expect(await within(5000, Promise.all(all))).toHaveLength(5);
      expect(mostOpen).toBeLessThanOrEqual(5);
    });

    it('inspects the containers whose settings are wanted, first ones without waiting for the list', async () => {
      const json = (body: unknown) => (response: ServerResponse) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      };
      const listed = (id: string, project: string, name: string) => ({
        ...{ Id: id, Names: [`/${name}`], Image: 'x:1', ImageID: 'sha256:1', State: 'running' },
        Labels: { 'com.docker.compose.project': project, 'com.docker.compose.service': 'web' },
      });
      const inspected = (id: string) => ({ Id: id, HostConfig: { Memory: id.length } });
      answers.set('/version', json({ Version: '28.0.0', ApiVersion: '1.48' }));
      answers.set('/info', json({}));
      answers.set(
        '/containers/json',
        json([
          listed('first', 'ai-a', 'ai-a-web-1'),
          listed('later', 'ai-b', 'ai-b-web-2'),
          listed('other', 'x', 'x-web-1'),
        ]),
      );
      answers.set('/containers/ai-a-web-1/json', json(inspected('first')));
      answers.set('/containers/later/json', json(inspected('later')));
      answers.set('/containers/ai-b-web-1/json', (response) => {
        response.statusCode = 404;
        json({ message: 'No such container' })(response);
      });
      const engine = await openEngine(connection);
      const { containers } = await engine.collectFacts(['ai-a-web', 'ai-b-web']);
      expect(containers.map(({ id, settings }) => [id, settings?.memoryBytes])).toEqual([
        ['first', 5],
        ['later', 5],
        ['other', undefined],
      ]);
      asked.length = 0;
      await engine.collectFacts();
      expect(asked.filter((path) => path.endsWith('-1/json'))).toEqual([]);
    });

    it('ends each question at its deadline, also those that were never asked', async () => {
      answers.set('/containers/json', () => undefined);
      const engine = await openEngine(connection, { deadlineMs: 1500 });
      const questions = Array.from({ length: 12 }, (_, at) => engine.inspectProject(`ai-${at}`));
      const ended = await within(6000, Promise.allSettled(questions));
      if (ended === 'late') throw new Error('some question has no end');
      expect(asked.length).toBeLessThan(questions.length);
      expect(ended.map((result) => result.status === 'rejected' && String(result.reason))).toEqual(
        questions.map((_, at) =>
          expect.stringMatching(
            `reading the containers of ai-${at}: the Docker Engine did not answer in 1.5 s`,
          ),
        ),
      );
    });
  },
);
