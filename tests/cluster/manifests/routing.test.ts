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
      fault: 'a path missing',
      plant: (objects) => ingressPaths(objects).pop(),
      reports: [
        'POST /api/payments/webhook leads to nowhere, not to payments-srv',
        'POST /api/payments leads to nowhere, not to payments-srv',
        'GET /api/payments/:orderId leads to nowhere, not to payments-srv',
      ],
    },
    {
      fault: 'a path to a service without routes',
      plant: (objects) =>
        ingressPaths(objects).push({
          path: '/api/expiration',
          pathType: 'Prefix',
          backend: { service: { name: 'expiration-srv', port: { number: 3000 } } },
        }),
      reports: ['expiration-srv has no route under /api/expiration'],
    },
    {
      fault: 'a path under another name',
      in: 'prod-gateway-api',
      plant: (objects) =>
        Object.assign(named(objects, 'HTTPRoute', 'ticketing').spec.rules[0]?.matches[0]?.path ?? {}, {
          value: '/api/auth',
        }),
      reports: [
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
      fault: 'another port',
      plant: (objects) => Object.assign(backend(objects, 0), { port: { number: 80 } }),
      reports: ['/api/users leads to auth-srv:80, which there is not'],
    },
    {
      fault: 'another Service',
      plant: (objects) => Object.assign(backend(objects, 1), { name: 'tickets' }),
      reports: ['/api/docs leads to tickets:3000, which there is not'],
    },
  ],
});

rule('there is one way in, with plain prefixes that any controller understands', {
  check: unplainRules,
  controls: [
    {
      fault: 'a regular expression',
      plant: (objects) => {
        ingress(objects).metadata.annotations = { 'nginx.ingress.kubernetes.io/use-regex': 'true' };
        Object.assign(ingressPaths(objects)[0] ?? {}, {
          path: '/api/users/?(.*)',
          pathType: 'ImplementationSpecific',
        });
      },
      reports: [
        'the Ingress has the annotation nginx.ingress.kubernetes.io/use-regex',
        '/api/users/?(.*) is ImplementationSpecific',
      ],
    },
    {
      fault: 'no host',
      plant: (objects) => Object.assign(ingress(objects).spec.rules[0] ?? {}, { host: undefined }),
      reports: ['the Ingress is for any host'],
    },
    {
      fault: 'a route of no Gateway',
      in: 'prod-gateway-api',
      plant: (objects) => Object.assign(named(objects, 'Gateway', 'ticketing').metadata, { name: 'other' }),
      reports: ['there is no Gateway ticketing'],
    },
    {
      fault: 'an Ingress besides',
      in: 'prod-gateway-api',
      plant: (objects) => objects.push(ingress(objectsOf(variant('prod')))),
      reports: ['there are 2 ways in'],
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
      fault: 'an Ingress without a certificate',
      in: 'prod',
      plant: (objects) => delete ingress(objects).spec.tls,
      reports: ['the Ingress has no certificate for ticketing.dev'],
    },
    {
      fault: 'a listener without one',
      in: 'prod-gateway-api',
      plant: (objects) =>
        named(objects, 'Gateway', 'ticketing').spec.listeners.push({ name: 'http', protocol: 'HTTP' }),
      reports: ['the listener http has no certificate for ticketing.dev'],
    },
    {
      fault: 'a cookie that goes without it',
      in: 'prod',
      plant: (objects) => {
        const { env = [] } = mainContainer(named(objects, 'Deployment', 'auth-depl'));
        Object.assign(env.find(({ name }) => name === 'COOKIE_SECURE') ?? {}, { value: 'auto' });
      },
      reports: ['auth may send its cookie without TLS'],
    },
  ],
});
