import { createServer } from 'node:http';
import { recorded } from '../../../libs/docker/src/fixtures/engine-26';

// A double of the Docker Engine that says what a real one said once; for measuring many hosts without their containers.
const answers: Record<string, unknown> = {
  version: { Version: '26.1.5', ApiVersion: '1.45' },
  info: { Runtimes: { runc: {} } },
  'containers/json': recorded.containers,
  'images/json': [],
  networks: [],
};
const path = process.argv[2] ?? '/var/run/docker.sock';

createServer((request, response) => {
  const name = (request.url ?? '').replace(/^\/(?:v[\d.]+\/)?/, '').replace(/\?.*$/, '');
  const answer = answers[name];
  response.statusCode = answer === undefined ? 404 : 200;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer ?? { message: `the double has no answer for ${name}` }));
}).listen(path);
