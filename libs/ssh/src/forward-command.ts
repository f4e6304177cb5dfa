import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** A local socket at which a remote command answers each connection. */
export interface CommandServer {
  close(): void;
}

const mark = 'ai-stack-stream-1';
/** Stands before the command: what start files of the login shell print comes earlier. */
export const announced = ['sh', '-c', `printf '\\n%s\\n' ${mark}; exec "$@"`, 'sh'];

/** Listens at a path; each connection there starts an OpenSSH client with these arguments. Throws when it cannot listen. */
export async function serveCommand(path: string, args: readonly string[]): Promise<CommandServer> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    serve(socket, args);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function serve(socket: Socket, args: readonly string[]): void {
  const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const end = (): void => {
    socket.destroy();
    child.kill();
  };
  socket.once('close', end);
  socket.once('error', end);
  child.once('error', end);
  child.once('exit', () => socket.end());
  child.stdin.on('error', () => undefined);
  socket.pipe(child.stdin);
  afterMark(child.stdout, (rest) => {
    socket.write(rest);
    child.stdout.pipe(socket);
  });
}

/** Calls back once, with what follows the mark. */
function afterMark(stream: Readable, begin: (rest: Buffer) => void): void {
  let buffer = Buffer.alloc(0);
  const line = Buffer.from(`\n${mark}\n`);
  const look = (chunk: Buffer): void => {
    buffer = Buffer.concat([buffer, chunk]);
    const at = buffer.indexOf(line);
    if (at < 0) return;
    stream.off('data', look);
    begin(buffer.subarray(at + line.length));
  };
  stream.on('data', look);
}
