import { wrongAddresses, wrongEdges } from './edges.js';
import { outsideOf, referencesToFirst, renderedIn, sharedMarks } from './namespaces.js';
import { mainContainer, named, type Manifest, type Variable } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { wrongMembers } from './stores.js';
import { variant, variants, type Variant } from './variants.js';

const second = 'second';
const rendered = new Map<string, Manifest[]>();

beforeAll(async () => {
  const program = await find('kustomize');
  for (const each of variants) rendered.set(each.name, renderedIn(second, program, each));
}, installingTakesMs);

const objectsOf = ({ name }: Variant) => structuredClone(rendered.get(name) ?? []);

const faults = (objects: readonly Manifest[], of: Variant): string[] => [
  ...referencesToFirst(objects),
  ...outsideOf(second, objects),
  ...sharedMarks(second, objects),
  ...(of.external ? [] : wrongMembers(objects, of)),
  ...wrongAddresses(objects, of),
  ...wrongEdges(objects, of),
];

describe('an installation in another namespace has nothing of the first', () => {
  test.each(variants)('in $name', (each) => {
    expect(objectsOf(each)).not.toEqual([]);
    expect(faults(objectsOf(each), each)).toEqual([]);
  });

  const policy = (objects: Manifest[], name: string) => named(objects, 'NetworkPolicy', name).spec;
  const env = (objects: Manifest[], name: string): Variable[] =>
    mainContainer(named(objects, 'Deployment', `${name}-depl`)).env ?? [];
  const variable = (objects: Manifest[], of: string, name: string) =>
    env(objects, of).find((entry) => entry.name === name);

  test.each<[string, (objects: Manifest[]) => unknown, unknown[]]>([
    [
      'the database of the first installation',
      (objects) => {
        const uri = variable(objects, 'auth', 'MONGO_URI');
        if (uri?.value) uri.value = uri.value.replace('$(POD_NAMESPACE)', 'ticketing');
      },
      [
        expect.stringMatching(
          /^Deployment auth-depl spec\S+\.value is mongodb:\S+\.ticketing\.svc\.cluster\.local:/,
        ),
        expect.stringMatching(/^MONGO_URI of auth is mongodb:\S+\.ticketing\.svc\.cluster\.local:/),
        'unneeded: auth -> nothing (auth-mongo-0.auth-mongo-srv.ticketing.svc.cluster.local:27017)',
        'missing: auth -> auth-mongo:27017',
      ],
    ],
    [
      'a namespace below the variable that contains it',
      (objects) => env(objects, 'auth').reverse(),
      [
        expect.stringMatching(/^MONGO_URI of auth is mongodb:\S+\.\$\(POD_NAMESPACE\)\.svc\./),
        expect.stringMatching(/^unneeded: auth -> nothing \(\S+\.\$\(POD_NAMESPACE\)\.svc\./),
        'missing: auth -> auth-mongo:27017',
      ],
    ],
    [
      'the mark of another installation at Stripe',
      (objects) =>
        Object.assign(variable(objects, 'payments', 'INSTALLATION_ID') ?? {}, {
          value: 'first',
          valueFrom: undefined,
        }),
      ['payments has the mark first'],
    ],
    [
      'a mark that is equal everywhere',
      (objects) => {
        const entries = env(objects, 'payments');
        entries.splice(
          entries.findIndex(({ name }) => name === 'INSTALLATION_ID'),
          1,
        );
      },
      ['payments has the mark undefined'],
    ],
    [
      'a NetworkPolicy that admits the first installation',
      (objects) =>
        policy(objects, 'auth-mongo').ingress?.[0]?.from?.push({
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ticketing' } },
        }),
      [
        expect.stringMatching(/^NetworkPolicy auth-mongo spec\.ingress\S+ is ticketing$/),
        'unneeded: namespace ticketing -> auth-mongo:27017',
      ],
    ],
    [
      'a NetworkPolicy that admits every installation by its labels',
      (objects) =>
        policy(objects, 'auth-mongo').ingress?.[0]?.from?.push({
          namespaceSelector: { matchLabels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
          podSelector: { matchLabels: { app: 'auth' } },
        }),
      [expect.stringMatching(/^unneeded: namespaces \{"matchLabels":.* -> auth-mongo:27017$/)],
    ],
    [
      'an object in the namespace of the first',
      (objects) => (named(objects, 'Service', 'nats-srv').metadata.namespace = 'ticketing'),
      ['Service nats-srv metadata.namespace is ticketing', 'Service nats-srv is in ticketing'],
    ],
  ])('reports %s', (_, plant, reports) => {
    const objects = objectsOf(variant('dev'));
    plant(objects);
    expect(faults(objects, variant('dev'))).toEqual(reports);
  });
});
