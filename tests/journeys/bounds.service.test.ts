// docs/bounds.md says of every collection what removes its documents, and where.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startForTest, testEnv } from '@ticketing/common/testing';
import { root } from '@ticketing/common/testing/servers';
import mongoose from 'mongoose';
import { service as auth } from '../../auth/src/service.js';
import { service as notifications } from '../../notifications/src/service.js';
import { service as orders } from '../../orders/src/service.js';
import { service as payments } from '../../payments/src/service.js';
import { service as tickets } from '../../tickets/src/service.js';

const rows = readFileSync(join(root, 'docs', 'bounds.md'), 'utf8').split('\n');
const mail = {
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'tickets@example.com',
  PUBLIC_URL: 'http://localhost',
};
const cards = { STRIPE_KEY: 'sk_test_x', STRIPE_API_BASE: 'http://127.0.0.1:9' };

/** A row names the collection, and a file of the service or of all services. */
const isListed = (service: string, collection: string) =>
  rows.some(
    (row) =>
      row.split('|')[1]?.includes(`\`${collection}\``) &&
      ['common', service].some((folder) => row.includes(`](../${folder}/src/`)),
  );

test('every collection of every service is listed', async () => {
  const { NAMESPACE = '' } = testEnv();
  const started = [
    await startForTest(auth, { NAMESPACE }),
    await startForTest(tickets, { NAMESPACE }),
    await startForTest(orders, { NAMESPACE }),
    await startForTest(payments, { NAMESPACE, ...cards }),
    await startForTest(notifications, { NAMESPACE, ...mail }),
  ];
  const found = mongoose.connections.flatMap(({ name, models }) =>
    Object.values(models).map(
      ({ collection }) => [name.slice(NAMESPACE.length + 1), collection.name] as const,
    ),
  );
  for (const service of started) await service.stop();
  expect(new Set(found.map(([service]) => service)).size).toBe(started.length);
  expect(found.filter(([service, collection]) => !isListed(service, collection))).toEqual([]);
});
