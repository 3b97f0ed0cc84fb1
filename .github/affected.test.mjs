import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { affected } from './affected.mjs';

const root = join(import.meta.dirname, '..');
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const all = affected([]);
const nothing = {
  suites: [],
  journeys: false,
  security: false,
  chaos: false,
  manifests: false,
  images: false,
  cluster: false,
};

test('every workspace is tested: tests by jobs of its own, the others as suites', () => {
  const others = ['tests'];
  assert.deepEqual(all.suites.toSorted(), workspaces.filter((name) => !others.includes(name)).toSorted());
});

test('what everybody uses concerns everything', () => {
  for (const file of [
    'common/src/money.ts',
    'tools/local/src/start.ts',
    'package.json',
    'package-lock.json',
    'jest.config.cjs',
    'tsconfig.json',
    '.github/workflows/test.yml',
    'something/new.ts',
  ])
    assert.deepEqual(affected(['docs/promises.md', file]), all, file);
});

test('a service concerns its own suite, and what runs the whole system', () => {
  assert.deepEqual(affected(['orders/src/domain/order.ts', 'orders/package.json']), {
    ...all,
    suites: ['orders'],
  });
  assert.deepEqual(affected(['payments/src/main.ts', 'auth/src/main.ts']).suites, ['auth', 'payments']);
});

test('the journeys are made on both buses and in the cluster', () => {
  assert.deepEqual(affected(['tests/journeys/journeys.test.ts']), {
    ...nothing,
    journeys: true,
    security: true,
    chaos: true,
    manifests: true,
    cluster: true,
  });
});

test('prose concerns nothing, but the README is a test', () => {
  assert.deepEqual(affected(['docs/promises.md', 'orders/README.md', 'common/README.md']), nothing);
  assert.deepEqual(affected(['README.md']), { ...nothing, journeys: true });
});

test('the API description concerns its page, its client, and the tests that compare and use it', () => {
  const file = ['docs/api/openapi.json'];
  assert.deepEqual(affected(file), {
    ...nothing,
    suites: ['client', 'auth'],
    journeys: true,
    security: true,
    images: true,
    cluster: true,
  });
  assert.deepEqual(affected(['client/src/client.ts']), {
    ...nothing,
    suites: ['client'],
    journeys: true,
    cluster: true,
  });
});

test('manifests concern the cluster, and the gateway that reads the ingress', () => {
  assert.deepEqual(affected(['infra/k8s/base/ingress.yaml']), {
    ...all,
    suites: ['tools/local'],
    chaos: false,
    images: false,
  });
  assert.deepEqual(affected(['Dockerfile']), {
    ...nothing,
    manifests: true,
    images: true,
    cluster: true,
  });
  assert.deepEqual(affected(['skaffold.yaml']), { ...nothing, manifests: true });
});

test('prints one output of a step per line', () => {
  const run = (input, ...args) =>
    execFileSync(process.execPath, [join(root, '.github', 'affected.mjs'), ...args], {
      input,
      encoding: 'utf8',
    });
  assert.equal(
    run('auth/src/with space.ts\0docs/Übersicht.md\0'),
    'suites=["auth"]\njourneys=true\nsecurity=true\nchaos=true\nmanifests=true\nimages=true\ncluster=true\n',
  );
  assert.equal(
    run('', '--all'),
    'suites=["common","client","tools/local","tools/card-network","tools/ops","tools/api-docs","auth","tickets","orders","expiration","payments"]\n' +
      'journeys=true\nsecurity=true\nchaos=true\nmanifests=true\nimages=true\ncluster=true\n',
  );
});
