import { services } from './declared.js';
import { mainContainer, named, type Ingress, type Manifest } from './objects.js';
import { beforeRules, objectsOf, rule } from './rule.js';
import {
  differentPaths,
  foreignLinks,
  misroutedPaths,
  missingBackends,
  unencryptedEntries,
  controllerSpecificRules,
} from './routing.js';
import { variant, variants } from './variants.js';

beforeRules();

const ingress = (objects: Manifest[]): Ingress => named(objects, 'Ingress', 'ingress-service');
const ingressPaths = (objects: Manifest[]) => ingress(objects).spec.rules[0]?.http.paths ?? [];
const backend = (objects: Manifest[], index: number) => ingressPaths(objects)[index]?.backend.service ?? {};

const paymentsLeadToTheShop = services
  .filter(({ name }) => name === 'payments')
  .flatMap(({ routes }) => routes)
  .map(({ method, path }) => `${method.toUpperCase()} ${path} leads to web-srv, not to payments-srv`);

rule('every path leads to the service that has its routes', {
  check: misroutedPaths,
  controls: [
    {
      fault: 'a missing path',
      plant: (objects) => {
        const all = ingressPaths(objects);
        all.splice(
          all.findIndex(({ path }) => path === '/api/payments'),
          1,
        );
      },
      reports: paymentsLeadToTheShop,
    },
    {
      fault: 'a shop without a path',
      plant: (objects) => ingressPaths(objects).pop(),
      reports: ['/', '/orders', '/assets/index.js', '/api/nothing'].map(
        (path) => `GET ${path} leads to nowhere, not to web-srv`,
      ),
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
      fault: 'a wrong path',
      in: 'prod-gateway-api',
      plant: (objects) =>
        named(objects, 'HTTPRoute', 'ticketing')
          .spec.rules.flatMap(({ matches }) => matches)
          .filter(({ path }) => path.value === '/api/payments')
          .forEach(({ path }) => (path.value = '/api/pay')),
      reports: [...paymentsLeadToTheShop, 'payments-srv has no route under /api/pay'],
    },
  ],
});

rule('a path leads to a port of a Service', {
  check: missingBackends,
  controls: [
    {
      fault: 'another port',
      plant: (objects) => Object.assign(backend(objects, 0), { port: { number: 80 } }),
      reports: ['/api/users leads to auth-srv:80, which does not exist'],
    },
    {
      fault: 'another Service',
      plant: (objects) => Object.assign(backend(objects, 1), { name: 'tickets' }),
      reports: ['/api/docs leads to tickets:3000, which does not exist'],
    },
  ],
});

rule('one entry point has plain prefixes that any controller supports', {
  check: controllerSpecificRules,
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
      fault: 'a missing host',
      plant: (objects) => Object.assign(ingress(objects).spec.rules[0] ?? {}, { host: undefined }),
      reports: ['the Ingress is for any host'],
    },
    {
      fault: 'a route without its Gateway',
      in: 'prod-gateway-api',
      plant: (objects) => Object.assign(named(objects, 'Gateway', 'ticketing').metadata, { name: 'other' }),
      reports: ['there is no Gateway ticketing'],
    },
    {
      fault: 'an additional Ingress',
      in: 'prod-gateway-api',
      plant: (objects) => objects.push(ingress(objectsOf(variant('prod')))),
      reports: ['there are 2 entry points'],
    },
  ],
});

describe('the HTTPRoute has the same paths as the Ingress', () => {
  const gateways = variants.filter(({ name }) => name.endsWith('gateway-api'));
  test.each(gateways)('in $name', (gateway) => {
    expect(differentPaths(objectsOf(variant('dev')), objectsOf(gateway))).toEqual([]);
  });

  test('reports a path that only one has', () => {
    const gateway = objectsOf(variant('prod-gateway-api'));
    named(gateway, 'HTTPRoute', 'ticketing').spec.rules.pop();
    expect(differentPaths(objectsOf(variant('dev')), gateway)).toEqual([
      'only the Ingress leads / to web-srv:3000',
    ]);
  });
});

rule('the links in mails lead to the host of the installation', {
  check: foreignLinks,
  controls: [
    {
      fault: 'the host of another installation',
      in: 'staging',
      plant: (objects) => {
        const { env = [] } = mainContainer(named(objects, 'Deployment', 'notifications-depl'));
        Object.assign(env.find(({ name }) => name === 'PUBLIC_URL') ?? {}, {
          value: 'https://ticketing.dev',
        });
      },
      reports: ['the links in mails lead to https://ticketing.dev, not to https://staging.ticketing.dev'],
    },
  ],
});

rule('production uses TLS', {
  check: unencryptedEntries,
  for: ({ production }) => production,
  controls: [
    {
      fault: 'an Ingress without a certificate',
      in: 'prod',
      plant: (objects) => delete ingress(objects).spec.tls,
      reports: ['the Ingress has no certificate for ticketing.dev'],
    },
    {
      fault: 'a listener without a certificate',
      in: 'prod-gateway-api',
      plant: (objects) =>
        named(objects, 'Gateway', 'ticketing').spec.listeners.push({ name: 'http', protocol: 'HTTP' }),
      reports: ['the listener http has no certificate for ticketing.dev'],
    },
    {
      fault: 'a cookie that is not limited to TLS',
      in: 'prod',
      plant: (objects) => {
        const { env = [] } = mainContainer(named(objects, 'Deployment', 'auth-depl'));
        Object.assign(env.find(({ name }) => name === 'COOKIE_SECURE') ?? {}, { value: 'auto' });
      },
      reports: ['auth may send its cookie without TLS'],
    },
  ],
});
