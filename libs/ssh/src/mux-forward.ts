import { connect } from 'node:net';

/** OpenSSH's PROTOCOL.mux: what a client and a master say to each other over the control socket. */
const hello = 0x0000_0001;
const version = 4;
const openForward = 0x1000_0006;
const closeForward = 0x1000_0007;
const localForward = 1;
const answerOk = 0x8000_0001;
/** In place of a port: the name before it is the path of a socket. */
const socketPort = 0xffff_fffe;
const answerMs = 10_000;

/** Where a forward leads: a socket of the host, or a port as the host reaches it. */
export type ForwardTarget = { path: string } | { name: string; port: number };

/**
 * Asks a master to listen at a local path and to lead each connection there to the target. What `ssh -O forward` does,
 * without a process. Resolves with undefined when it does, else with the reason why not.
 */
export function requestForward(
  control: string,
  local: string,
  target: ForwardTarget,
): Promise<string | undefined> {
  return ask(control, openForward, local, target);
}

/** Asks it to listen there no longer; connections that are open stay. */
export function cancelForward(
  control: string,
  local: string,
  target: ForwardTarget,
): Promise<string | undefined> {
  return ask(control, closeForward, local, target);
}

function ask(
  control: string,
  type: number,
  local: string,
  target: ForwardTarget,
): Promise<string | undefined> {
  const [name, port] = 'path' in target ? [target.path, socketPort] : [target.name, target.port];
  const request = packet([type, 0, localForward, local, socketPort, name, port]);
  return new Promise((resolve) => {
    const socket = connect(control, () =>
      socket.write(Buffer.concat([packet([hello, version]), request])),
    );
    let buffer = Buffer.alloc(0);
    const finish = (answer: string | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(answerMs, () => finish('the SSH client did not answer'));
    socket.once('error', (error) => finish(error.message));
    socket.once('close', () => finish('the SSH client closed its socket'));
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      for (let body = next(); body !== undefined; body = next()) {
        const type = body.readUInt32BE(0);
        if (type === hello) continue;
        finish(type === answerOk ? undefined : reasonOf(body));
      }
    });
    const next = (): Buffer | undefined => {
      if (buffer.length < 4 || buffer.length < 4 + buffer.readUInt32BE(0)) return undefined;
      const end = 4 + buffer.readUInt32BE(0);
      const body = buffer.subarray(4, end);
      buffer = buffer.subarray(end);
      return body;
    };
  });
}

/** A length, then numbers of four bytes and strings with their lengths. */
function packet(parts: readonly (number | string)[]): Buffer {
  const buffers = parts.flatMap((part) => {
    if (typeof part === 'number') return [number32(part)];
    const text = Buffer.from(part);
    return [number32(text.length), text];
  });
  const body = Buffer.concat(buffers);
  return Buffer.concat([number32(body.length), body]);
}

function number32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

/** Type, request, then the reason as a string. */
function reasonOf(body: Buffer): string {
  return `forwarding request failed: ${body.subarray(12).toString()}`;
}
