import { askHost, onHost, type Ran } from './lab';

const host = 'management';
const directory = '/var/tmp/slow-registry';
const port = 5056;
const chunk = 65_536;
const pauseMs = 80;
const layerBytes = 8 * 1024 * 1024;
/** What the tests of this project call the slow way to it. */
const slowPort = 5055;
const name = 'qdrant/qdrant:v1.19.0';

/** Passes on what the registry says, its layers in small pieces. */
const relay = `
const http = require('node:http');
http.createServer((asked, answer) => {
  const { method, url: path, headers } = asked;
  const sent = http.request({ host: '127.0.0.1', port: ${port}, method, path, headers }, async (reply) => {
    answer.writeHead(reply.statusCode, reply.headers);
    for await (const data of reply) {
      for (let at = 0; at < data.length; at += ${chunk}) {
        answer.write(data.subarray(at, at + ${chunk}));
        if (path.includes('/blobs/')) await new Promise((next) => setTimeout(next, ${pauseMs}));
      }
    }
    answer.end();
  });
  asked.pipe(sent);
}).listen(${slowPort}, '127.0.0.1');`;

export interface SlowRegistry {
  image: string;
  /** The least that a pull takes. */
  seconds: number;
  close(): Promise<void>;
}

/** A registry on a lab host that hands out the image of Qdrant with one more layer, slowly. */
export async function openSlowRegistry(): Promise<SlowRegistry> {
  await close();
  const config = `version: 0.1\nstorage: { filesystem: { rootdirectory: ${directory}/storage } }\nhttp: { addr: "127.0.0.1:${port}", secret: lab }\n`;
  await must(config, `mkdir -p ${directory} && cat >${directory}/config.yml`);
  await must(
    '',
    `setsid docker-registry serve ${directory}/config.yml </dev/null >${directory}/log 2>&1 & echo $! >${directory}/pid`,
  );
  const fast = `127.0.0.1:${port}/${name}`;
  await must(
    `FROM ${name}\nADD layer /layer\n`,
    [
      `cd ${directory} && mkdir -p build && cat >build/Dockerfile`,
      `head -c ${layerBytes} /dev/urandom >build/layer`,
      `DOCKER_BUILDKIT=0 docker build -q -t ${fast} build`,
      `docker push -q ${fast} && docker rmi ${fast}`,
    ].join(' && '),
  );
  const idle = ['--network', 'host', '--entrypoint', 'node', 'ai-stack-lab/idp-double:1'];
  await onHost(host, 'docker', 'run', '-d', '--name', 'slow-registry', ...idle, '-e', relay);
  const seconds = ((layerBytes / chunk) * pauseMs) / 1000;
  return { image: `127.0.0.1:${slowPort}/${name}`, seconds, close };
}

async function close(): Promise<void> {
  const script = [
    'docker rm -f slow-registry',
    `[ ! -e ${directory}/pid ] || kill "$(cat ${directory}/pid)"`,
    `rm -rf ${directory}`,
    `docker rmi 127.0.0.1:${slowPort}/${name}`,
  ].join('; ');
  await askHost(host, '', 'sh', '-c', `{ ${script}; } >/dev/null 2>&1; true`);
}

async function must(input: string, script: string): Promise<void> {
  const ran: Ran = await askHost(host, input, 'sh', '-c', script);
  if (ran.code !== 0) throw new Error(`${script} ended with ${ran.code}\n${ran.err}`);
}
