import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { Command } from 'commander';
import { HUB_HOST, modelHub } from './hub';
import { modelRegistry } from './model-registry';

const { address, port, tls } = new Command('model-registry')
  .description("serves as Ollama's model registry and Hugging Face's hub in the lab")
  .requiredOption('--address <address>', 'address to listen on')
  .requiredOption('--tls <directory>', 'directory with key.pem and cert.pem')
  .option('--port <port>', 'TCP port', '443')
  .parse()
  .opts<{ address: string; port: string; tls: string }>();
const read = (name: string) => readFileSync(join(tls, name));
const registry = modelRegistry(console.log);
const hub = modelHub(console.log);
createServer({ key: read('key.pem'), cert: read('cert.pem') }, (request, response) => {
  const serve = request.headers.host === HUB_HOST ? hub : registry;
  serve(request, response);
}).listen(Number(port), address);
