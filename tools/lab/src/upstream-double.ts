import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Command } from 'commander';
import { decode, encode, streamEncode } from 'dns-packet';
import { parseZone, renderAnswer } from './upstream-zone';
import type { ZoneRecord } from './upstream-zone';

/** Stands for the resolver of the internet provider where CoreDNS could not be built (UDP and TCP). */
function serve(zone: readonly ZoneRecord[], address: string, port: number): void {
  const datagrams = createSocket('udp4', (message, peer) => {
    try {
      datagrams.send(encode(renderAnswer(zone, decode(message))), peer.port, peer.address);
    } catch (error) {
      console.error(`dropped a query of ${peer.address}: ${String(error)}`);
    }
  });
  datagrams.bind(port, address);
  createServer((connection) => {
    let received = Buffer.alloc(0);
    connection.on('error', () => connection.destroy());
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const length = received.length < 2 ? Infinity : received.readUInt16BE(0) + 2;
        if (received.length < length) return;
        try {
          const query = decode(received.subarray(2, length));
          connection.write(streamEncode(renderAnswer(zone, query)));
        } catch (error) {
          console.error(`closed a connection: ${String(error)}`);
          connection.destroy();
          return;
        }
        received = received.subarray(length);
      }
    });
  }).listen(port, address);
}

const { address, port, zone } = new Command('upstream-double')
  .requiredOption('--address <address>', 'address to listen on')
  .requiredOption('--zone <file>', 'zone file to answer from')
  .option('--port <port>', 'UDP and TCP port', '53')
  .parse()
  .opts<{ address: string; port: string; zone: string }>();
serve(parseZone(readFileSync(zone, 'utf8')), address, Number(port));
