import type { Server } from 'node:http';
import { createDouble, runDouble } from '../http-double';
import type { Env, Exchange, Log } from '../http-double';

/** A web program that keeps nothing: it says that it is well, and repeats what it was asked. */
export function createEcho(log?: Log): Server {
  const repeat = ({ request, url, headers }: Exchange) => ({
    double: 'echo-double',
    method: request.method,
    path: url.pathname,
    headers,
  });
  return createDouble({
    ...(log && { log }),
    routes: {
      'GET /health': () => ({ status: 'ok' }),
      'GET /': repeat,
      'GET /:path': repeat,
    },
  });
}

/** Listens on `PORT`. */
export function run(_argv: readonly string[], env: Env): void {
  runDouble(createEcho(console.log), Number(env.PORT ?? 8080));
}
