import { mainContainer, named, type Ingress, type Manifest } from './objects.js';
import { beforeRules, objectsOf, rule } from './rule.js';
import { differentPaths, misledRoutes, missingBackends, unencryptedWays, unplainRules } from './routing.js';
import { variant, variants } from './variants.js';

beforeRules();

const ingress = (objects: Manifest[]): Ingress => named(objects, 'Ingress', 'ingress-service');
const ingressPaths = (objects: Manifest[]) => ingress(objects).spec.rules[0]?.http.paths ?? [];
const backend = (objects: Manifest[], index: number) => ingressPaths(objects)[index]?.backend.service ?? {};

rule('every route of a service is led to it, and a path leads only to a service with routes', {
  check: misledRoutes,
  controls: [
    {
      of: 'a path missing',
      spoil: (objects) => ingressPaths(objects).pop(),
      says: [
        'POST /api/payments/webhook leads to nowhere, not to payments-srv',
        'POST /api/payments leads to nowhere, not to payments-srv',
        'GET /api/payments/:orderId leads to nowhere, not to payments-srv',
      ],
    },
    {
      of: 'a path to a service without routes',
      spoil: (objects) =>
        ingressPaths(objects).push({
          path: '/api/expiration',
          pathType: 'Prefix',
          backend: { service: { name: 'expiration-srv', port: { number: 3000 } } },
        }),
      says: ['expiration-srv has no route under /api/expiration'],
    },
    {
      of: 'a path under another name',
      in: 'prod-gateway-api',
      spoil: (objects) =>
        Object.assign(named(objects, 'HTTPRoute', 'ticketing').spec.rules[0]?.matches[0]?.path ?? {}, {
          value: '/api/auth',
        }),
      says: [
        'POST /api/users/signup leads to nowhere, not to auth-srv',
        'POST /api/users/signin leads to nowhere, not to auth-srv',
        'POST /api/users/signout leads to nowhere, not to auth-srv',
        'GET /api/users/currentuser leads to nowhere, not to auth-srv',
        'GET /api/users/sessions leads to nowhere, not to auth-srv',
        'DELETE /api/users/sessions/:sessionId leads to nowhere, not to auth-srv',
        'POST /api/users/password leads to nowhere, not to auth-srv',
        'GET /api/users/export leads to nowhere, not to auth-srv',
        'DELETE /api/users leads to nowhere, not to auth-srv',
        'auth-srv has no route under /api/auth',
      ],
    },
  ],
});

rule('a path leads to a port of a Service', {
  check: missingBackends,
  controls: [
    {
      of: 'another port',
      spoil: (objects) => Object.assign(backend(objects, 0), { port: { number: 80 } }),
      says: ['/api/users leads to auth-srv:80, which there is not'],
    },
    {
      of: 'another Service',
      spoil: (objects) => Object.assign(backend(objects, 1), { name: 'tickets' }),
      says: ['/api/docs leads to tickets:3000, which there is not'],
    },
  ],
});

rule('there is one way in, with plain prefixes that any controller understands', {
  check: unplainRules,
  controls: [
    {
      of: 'a regular expression',
      spoil: (objects) => {
        ingress(objects).metadata.annotations = { 'nginx.ingress.kubernetes.io/use-regex': 'true' };
        Object.assign(ingressPaths(objects)[0] ?? {}, {
          path: '/api/users/?(.*)',
          pathType: 'ImplementationSpecific',
        });
      },
      says: [
        'the Ingress has the annotation nginx.ingress.kubernetes.io/use-regex',
        '/api/users/?(.*) is ImplementationSpecific',
      ],
    },
    {
      of: 'no host',
      spoil: (objects) => Object.assign(ingress(objects).spec.rules[0] ?? {}, { host: undefined }),
      says: ['the Ingress is for any host'],
    },
    {
      of: 'a route of no Gateway',
      in: 'prod-gateway-api',
      spoil: (objects) => Object.assign(named(objects, 'Gateway', 'ticketing').metadata, { name: 'other' }),
      says: ['there is no Gateway ticketing'],
    },
    {
      of: 'an Ingress besides',
      in: 'prod-gateway-api',
      spoil: (objects) => objects.push(ingress(objectsOf(variant('prod')))),
      says: ['there are 2 ways in'],
    },
  ],
});

describe('the Gateway API leads where the Ingress does', () => {
  const gateways = variants.filter(({ name }) => name.endsWith('gateway-api'));
  test.each(gateways)('in $name', (one) => {
    expect(differentPaths(objectsOf(variant('dev')), objectsOf(one))).toEqual([]);
  });

  test('…and not with a path that only one has', () => {
    const gateway = objectsOf(variant('prod-gateway-api'));
    named(gateway, 'HTTPRoute', 'ticketing').spec.rules.pop();
    expect(differentPaths(objectsOf(variant('dev')), gateway)).toEqual([
      'only the Ingress leads /api/payments to payments-srv:3000',
    ]);
  });
});

rule('production speaks TLS', {
  check: unencryptedWays,
  for: ({ production }) => production,
  controls: [
    {
      of: 'an Ingress without a certificate',
      in: 'prod',
      spoil: (objects) => delete ingress(objects).spec.tls,
      says: ['the Ingress has no certificate for ticketing.dev'],
    },
    {
      of: 'a listener without one',
      in: 'prod-gateway-api',
      spoil: (objects) =>
        named(objects, 'Gateway', 'ticketing').spec.listeners.push({ name: 'http', protocol: 'HTTP' }),
      says: ['the listener http has no certificate for ticketing.dev'],
    },
    {
      of: 'a cookie that goes without it',
      in: 'prod',
      spoil: (objects) => {
        const { env = [] } = mainContainer(named(objects, 'Deployment', 'auth-depl'));
        Object.assign(env.find(({ name }) => name === 'COOKIE_SECURE') ?? {}, { value: 'auto' });
      },
      says: ['auth may send its cookie without TLS'],
    },
  ],
});
