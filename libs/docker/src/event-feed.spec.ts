import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { EventFeed } from './event-feed';

function feed() {
  const streams: PassThrough[] = [];
  const events = new EventFeed('local', async (signal) => {
    const stream = new PassThrough({ signal });
    stream.on('error', () => undefined);
    streams.push(stream);
    return stream;
  });
  const woken: string[] = [];
  const watch = (project: string) => {
    const stop = new AbortController();
    const ended = events
      .watch(project, () => woken.push(project), stop.signal)
      .then(
        () => 'left',
        (error: unknown) => String(error),
      );
    return { ended, stop: () => stop.abort() };
  };
  return { streams, woken, watch };
}

const event = (project: string): string =>
  `${JSON.stringify({ Actor: { Attributes: { 'com.docker.compose.project': project } } })}\n`;

it('tells each watcher what happens to its own project, and all of them what nobody can read', async () => {
  const { streams, woken, watch } = feed();
  watch('one');
  watch('two');
  await sleep(1);
  const first = event('two').slice(0, 9);
  const rest = event('two').slice(9);
  streams[0]?.write(`\n${event('one')}${event('other')}${first}`);
  await sleep(5);
  streams[0]?.write(`${rest}no JSON\n`);
  await sleep(5);
  expect(woken).toEqual(['one', 'two', 'one', 'two']);
  expect(streams).toHaveLength(1);
});

it('closes its stream when the last watcher has left, and opens another for the next', async () => {
  const { streams, watch } = feed();
  const [first, two] = [watch('one'), watch('two')];
  await sleep(1);
  first.stop();
  expect(await first.ended).toBe('left');
  expect(streams[0]?.destroyed).toBe(false);
  two.stop();
  expect(await two.ended).toBe('left');
  expect(streams[0]?.destroyed).toBe(true);
  const three = watch('three');
  await sleep(1);
  expect(streams).toHaveLength(2);
  three.stop();
  expect(await three.ended).toBe('left');
});

it('says so to all when the stream is lost, and the next watcher opens another', async () => {
  const { streams, watch } = feed();
  const watches = [watch('one'), watch('two')];
  await sleep(1);
  streams[0]?.end();
  const ends = await Promise.all(watches.map(({ ended }) => ended));
  expect(ends).toEqual(ends.map(() => 'StackError: host local: the engine stopped sending events'));
  watch('one');
  await sleep(1);
  expect(streams).toHaveLength(2);
});
