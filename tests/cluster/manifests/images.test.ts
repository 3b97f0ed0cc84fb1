import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  imageLines,
  movingTags,
  repeatedImages,
  unwatched,
  wrongOverrides,
  type Artifact,
} from './images.js';
import { mainContainer, named, type Manifest } from './objects.js';
import { beforeRules, rule } from './rule.js';
import { root, variant } from './variants.js';

beforeRules();

const run = (image: string) => (objects: Manifest[]) =>
  (mainContainer(named(objects, 'Deployment', 'orders-depl')).image = image);

rule('no tag is one that moves, but for what is built for `dev`', {
  check: movingTags,
  controls: [
    ['ticketing/orders', 'dev'],
    ['ticketing/orders:latest', 'dev'],
    ['ticketing/orders:dev', 'prod'],
    ['ticketing/orders:latest', 'prod'],
    ['redis:7.4-alpine', 'dev'],
  ].map(([image = '', where = '']) => ({
    of: `${image} in ${where}`,
    in: where,
    spoil: run(image),
    says: [`orders-depl runs ${image}`],
  })),
});

test('what a release sets does not move', () => {
  const objects = [
    `registry.example/ticketing-orders:${'a'.repeat(40)}@sha256:${'b'.repeat(64)}`,
    `registry.example/ticketing-orders:${'a'.repeat(40)}`,
  ].map((image): Manifest => {
    const template = { metadata: {}, spec: { containers: [{ name: 'service', image }] } };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'orders-depl' },
      spec: { template },
    } as Manifest;
  });
  expect(movingTags(objects, variant('prod'))).toEqual([]);
});

describe('an image has one place where its tag is set', () => {
  test('among the manifests', () => {
    expect(imageLines().length).toBeGreaterThan(5);
    expect(repeatedImages(imageLines())).toEqual([]);
  });

  test('and one for the release, of each service', () => {
    const file = join(variant('prod').folder, 'kustomization.yaml');
    const { images } = parse(readFileSync(file, 'utf8')) as { images: { name: string }[] };
    expect(wrongOverrides(images)).toEqual([]);
    expect(wrongOverrides([...images, { name: 'mongo' }])).toHaveLength(1);
    expect(wrongOverrides([...images, ...images.slice(0, 1)])).toHaveLength(1);
  });

  test('…and not two', () => {
    const lines = [
      { file: 'a.yaml', image: 'mongo:8.0.1' },
      { file: 'b.yaml', image: 'mongo:8.0.2' },
    ];
    expect(repeatedImages(lines)).toEqual(['mongo is set in a.yaml and b.yaml']);
  });
});

describe('without Docker, Skaffold makes an image again when what it is made of has changed', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  type Skaffold = { profiles: { name: string; build?: { artifacts: Artifact[] } }[] };
  const { profiles } = parse(readFileSync(join(root, 'skaffold.yaml'), 'utf8')) as Skaffold;
  const artifacts = profiles.find(({ name }) => name === 'buildah')?.build?.artifacts ?? [];

  test.each(artifacts)('$image', (artifact) => {
    expect(unwatched(dockerfile, artifact)).toEqual([]);
  });

  test('…and not when it does not watch a part of it', () => {
    const [auth] = artifacts;
    const more = `${dockerfile}COPY --chown=1:1 docs/more \${SERVICE}/more docs/\n`;
    expect(auth && unwatched(more, auth)).toEqual([
      'ticketing/auth is not made again for docs/more',
      'ticketing/auth is not made again for auth/more',
    ]);
  });
});
