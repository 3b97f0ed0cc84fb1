// The log lines about the card network, for operators.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createLogger } from '@ticketing/common/observability';
import { readConfig } from '@ticketing/common/service';
import { testEnv } from '@ticketing/common/testing';
import { openCards } from './cards.js';
import { Config } from '../config.js';

test('a refused API key raises an alarm with our request id and Stripe’s', async () => {
  const lines: unknown[] = [];
  const log = createLogger('payments', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  const requestLog = log.child({ requestId: 'ours' });
  const cards = openCards(
    readConfig(Config, testEnv({ STRIPE_KEY: 'no_key' })),
    requestLog,
    () => new Date(),
  );

  await expect(cards.retrieve('pi_1')).rejects.toThrow('card network');

  expect(lines).toEqual([
    expect.objectContaining({
      requestId: 'ours',
      stripeRequestId: expect.stringMatching(/^req_/),
      alarm: true,
    }),
  ]);
});

test('a call ends in time if the network drops its attempt to connect', async () => {
  // A listener that accepts nothing, and whose backlog is full.
  const listen = `const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })`;
  const listener = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [printed] = (await once(listener.stdout, 'data')) as [Buffer];
  const port = Number(printed.toString());
  const fillers = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(fillers.slice(0, 2).map((filler) => once(filler, 'connect')));

  const base = {
    STRIPE_API_BASE: `http://127.0.0.1:${port}`,
    STRIPE_TIMEOUT_MS: '500',
    STRIPE_KEY: 'sk_test_x',
  };
  const cards = openCards(
    readConfig(Config, testEnv(base)),
    createLogger('payments', 'silent'),
    () => new Date(),
  );
  const begin = performance.now();
  const error = await cards.retrieve('pi_1').catch((thrown: unknown) => thrown);
  for (const filler of fillers) filler.destroy();
  listener.kill('SIGKILL');
  expect((error as Error).message).toBe('card network is not available');
  // TCP alone would try for two minutes.
  expect(performance.now() - begin).toBeLessThan(30_000);
});
