import { root } from '@ticketing/common/testing/servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scrapeConfig } from './observe.js';
import { planPorts } from './ports.js';

const given = readFileSync(join(root, 'infra', 'observability', 'prometheus', 'prometheus.yml'), 'utf8');

test('Prometheus scrapes the ports of the local services', () => {
  const config = scrapeConfig(given, planPorts({ PORT: '9080', ORDERS_PORT: '7000' }));
  expect(config.match(/127\.0\.0\.1:\d+/g)).toEqual([
    '127.0.0.1:9081',
    '127.0.0.1:9082',
    '127.0.0.1:7000',
    '127.0.0.1:9084',
    '127.0.0.1:9085',
    '127.0.0.1:9094',
  ]);
});

test('the committed configuration has the default ports', () => {
  expect(scrapeConfig(given, planPorts({}))).toBe(given);
});
