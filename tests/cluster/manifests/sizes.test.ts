import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mainContainer, named, type Manifest } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { beforeRules, objectsOf, rule } from './rule.js';
import { computed, differences, wrongStream, type Sizes } from './sizes.js';
import { objectsIn, render, root, variant } from './variants.js';

beforeRules();

const nats = (objects: Manifest[]) => named(objects, 'StatefulSet', 'nats');
const setLimit = (objects: Manifest[], value: string) =>
  ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'].forEach((name) =>
    mainContainer(named(objects, 'Deployment', `${name}-depl`)).env?.forEach((variable) => {
      if (variable.name === 'NATS_STREAM_MAX_BYTES') variable.value = value;
    }),
  );

rule('a full stream fits on its volume and into the memory of nats-server', {
  check: wrongStream,
  for: ({ streaming }) => !streaming,
  controls: [
    {
      fault: 'a stream that is larger than its volume',
      plant: (objects) => {
        setLimit(objects, `${5 * 2 ** 30}`);
        Object.assign(mainContainer(nats(objects)).resources?.limits ?? {}, { memory: '4Gi' });
      },
      reports: [
        'a full stream takes over 80 % of its volume',
        "MAX_FILE_STORE is 4831838208, not between the stream's limit and 90 % of the volume",
      ],
    },
    {
      fault: 'a stream for which the memory does not suffice',
      plant: (objects) => setLimit(objects, `${2 ** 30}`),
      reports: [expect.stringMatching(/^a full stream needs \d+ MiB of memory in nats-server$/) as never],
    },
    {
      fault: 'one service with another limit',
      plant: (objects) => {
        const { env = [] } = mainContainer(named(objects, 'Deployment', 'orders-depl'));
        for (const variable of env) if (variable.name === 'NATS_STREAM_MAX_BYTES') variable.value = '1000000';
      },
      reports: ['the services disagree about the limits of the stream'],
    },
  ],
});

describe('the manifests have the sizes that infra/sizes.mjs computes', () => {
  let program: string;
  beforeAll(async () => {
    program = await find('kustomize');
  }, installingTakesMs);

  const sizesOf = (plan: string): Sizes => computed.sizes[plan] as Sizes;
  const sized = (size: string) =>
    objectsIn(render(program, { folder: join(root, 'tests', 'cluster', 'overlays', 'sizes', size) }));

  test('in prod', () => {
    expect(differences(objectsOf(variant('prod')), sizesOf('prod'))).toEqual([]);
  });

  test.each(['10k', '100k'])('in prod with the component size-%s, whose stream fits', (size) => {
    const objects = sized(size);
    expect(differences(objects, sizesOf(`size-${size}`))).toEqual([]);
    expect(wrongStream(objects)).toEqual([]);
  });

  test.each(Object.entries(computed.files))('as the file of the component %s', (name, text) => {
    const file = join(root, 'infra', 'k8s', 'components', name, 'kustomization.yaml');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('as the table of docs/operations.md', () => {
    const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
    expect(page).toContain(computed.table);
  });

  test('reports each size that differs (control)', () => {
    const objects = objectsOf(variant('prod'));
    Object.assign(mainContainer(nats(objects)).resources?.limits ?? {}, { memory: '512Mi' });
    named(objects, 'HorizontalPodAutoscaler', 'orders').spec.maxReplicas = 3;
    expect(differences(objects, sizesOf('prod'))).toEqual([
      'memory of nats is 536870912, not 1073741824',
      'most pods of orders is 3, not 10',
    ]);
  });
});
