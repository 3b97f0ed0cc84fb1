import { root } from '@ticketing/common/testing/servers';
import { join } from 'node:path';
import { routesIn, serviceFor } from './ingress.js';

const routes = routesIn(join(root, 'infra', 'k8s', 'base', 'ingress.yaml'));

const cases: [path: string, service: string][] = [
  ['/api/users', 'auth-srv'],
  ['/api/users/signin', 'auth-srv'],
  ['/api/usersx', 'web-srv'],
  ['/api/tickets/123', 'tickets-srv'],
  ['/api/orders/', 'orders-srv'],
  ['/api/payments/webhook', 'payments-srv'],
  ['/api', 'web-srv'],
  ['/orders/123', 'web-srv'],
  ['/', 'web-srv'],
];

test.each(cases)('the manifest routes %s to %s', (path, service) => {
  expect(serviceFor(routes, path)).toBe(service);
});

test('a path without a prefix has no service', () => {
  expect(serviceFor([{ path: '/api', service: 'a' }], '/apix')).toBeUndefined();
});

test('the longest prefix wins', () => {
  const routesOfTwo = [
    { path: '/api', service: 'a' },
    { path: '/api/orders', service: 'b' },
  ];
  expect(serviceFor(routesOfTwo, '/api/orders/1')).toBe('b');
  expect(serviceFor(routesOfTwo, '/api/x')).toBe('a');
});
