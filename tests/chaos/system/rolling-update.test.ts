import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '@ticketing/common/testing/servers';
import { chooseReleases, createRotation } from './rolling-update.js';

test('a service that the previous release lacks runs this release from the beginning', async () => {
  const previous = await mkdtemp(join(tmpdir(), 'ticketing-previous-'));
  try {
    await mkdir(join(previous, 'orders', 'dist'), { recursive: true });
    await writeFile(join(previous, 'orders', 'dist', 'main.js'), '');
    const { buildOf, isInPrevious, updated } = await chooseReleases(previous, ['orders', 'notifications']);
    expect([isInPrevious('orders-2'), isInPrevious('notifications')]).toEqual([true, false]);
    expect([buildOf('orders-2'), buildOf('notifications')]).toEqual([previous, root]);
    updated.add('orders-2');
    expect([buildOf('orders'), buildOf('orders-2')]).toEqual([previous, root]);
  } finally {
    await rm(previous, { recursive: true });
  }
});

test('requests go to the processes that are ready, in turn', () => {
  const { all, next, leave, join: rejoin } = createRotation(() => ['a', 'b']);
  expect(new Set([next('orders'), next('orders')])).toEqual(new Set(['a', 'b']));
  leave('a');
  expect([next('orders'), next('orders')]).toEqual(['b', 'b']);
  leave('b');
  expect(() => next('orders')).toThrow('no process of orders is ready');
  rejoin('b');
  expect(all('orders')).toEqual(['b']);
});
