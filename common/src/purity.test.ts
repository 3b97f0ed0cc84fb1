// Domain rules are pure: a bundle of one contains no HTTP, storage or bus library.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(__dirname, '..', '..');
const impure =
  /node_modules\/(express|mongoose|mongodb|@nats-io|node-nats-streaming|ioredis|bullmq|stripe|nodemailer)\//;

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'];
const domainFiles = services.flatMap((service) =>
  readdirSync(join(root, service, 'src', 'domain'))
    .filter((name) => !name.endsWith('.test.ts'))
    .map((name) => `${service}/src/domain/${name}`),
);

async function filesIn(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    conditions: ['source'],
    absWorkingDir: root,
    logLevel: 'silent',
  });
  return Object.keys(metafile.inputs);
}

test.each([
  ...domainFiles,
  'notifications/src/templates/index.ts',
  'common/src/events/index.ts',
  'common/src/money.ts',
  'common/src/decision.ts',
  'common/src/failure-rule.ts',
])('%s bundles no infrastructure', async (entry) => {
  expect((await filesIn(entry)).filter((file) => impure.test(file))).toEqual([]);
});

test('a store bundles infrastructure (the control of the test above)', async () => {
  expect((await filesIn('orders/src/store.ts')).some((file) => impure.test(file))).toBe(true);
});
