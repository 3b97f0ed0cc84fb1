// The log lines about the card network, for operators.

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
