// A slow line, for OpenSSH's ProxyCommand: `node relay.mjs HOST PORT DELAY_MS [STALL_AFTER_MS STALL_MS]` passes bytes
// on in both directions, each DELAY_MS later, and for STALL_MS not at all. The kernel may have no netem.
// RELAY_LOG names a file that gets a line for each connection: how many bytes went over it.
import { appendFileSync } from 'node:fs';
import { connect } from 'node:net';
import process from 'node:process';

const [host, port, ...numbers] = process.argv.slice(2);
const [delayMs = 0, stallAfterMs = Infinity, stallMs = 0] = numbers.map(Number);
const stallFrom = Date.now() + stallAfterMs;
const stallTo = stallFrom + stallMs;
let bytes = 0;

/** When what arrives now may leave. */
function dueAt() {
  const due = Date.now() + delayMs;
  return due >= stallFrom && due < stallTo ? stallTo : due;
}

/** Keeps the order: each piece has a timer of its own, and none is due before an earlier one. */
function pass(from, to) {
  let last = Promise.resolve();
  const later = (work) => {
    const due = dueAt();
    last = last.then(
      () =>
        new Promise((resolve) => {
          setTimeout(() => resolve(work()), Math.max(0, due - Date.now()));
        }),
    );
  };
  from.on('data', (chunk) => {
    bytes += chunk.length;
    later(() => to.write(chunk));
  });
  from.on('end', () => later(() => to.end()));
}

const socket = connect({ host, port: Number(port), noDelay: true });
socket.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
socket.on('close', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.on('SIGHUP', () => process.exit(0));
process.on('exit', () => {
  if (process.env.RELAY_LOG) appendFileSync(process.env.RELAY_LOG, `${bytes}\n`);
});
pass(process.stdin, socket);
pass(socket, process.stdout);
