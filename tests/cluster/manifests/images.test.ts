import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { imageLines, repeatedImages, unwatched, type Artifact } from './images.js';
import { root } from './variants.js';

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

describe('the tag of an image is set in one place', () => {
  test('in the manifests', () => {
    expect(imageLines().length).toBeGreaterThan(5);
    expect(repeatedImages(imageLines())).toEqual([]);
  });

  test('a second place is reported', () => {
    const lines = [
      { file: 'a.yaml', image: 'mongo:8.0.1' },
      { file: 'b.yaml', image: 'mongo:8.0.2' },
    ];
    expect(repeatedImages(lines)).toEqual(['mongo is set in a.yaml and b.yaml']);
  });
});

test('the image of the shop has every package that the shop needs at run time', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'web', 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const copied = [...dockerfile.matchAll(/^COPY --from=site \/app\/node_modules\/(\S+) node_modules\/\1$/gm)];
  expect(copied.map(([, name = '']) => name).toSorted()).toEqual(Object.keys(dependencies).toSorted());
});

describe('without Docker, Skaffold rebuilds an image when its sources change', () => {
  type Skaffold = { profiles: { name: string; build?: { artifacts: Artifact[] } }[] };
  const { profiles } = parse(readFileSync(join(root, 'skaffold.yaml'), 'utf8')) as Skaffold;
  const artifacts = profiles.find(({ name }) => name === 'buildah')?.build?.artifacts ?? [];

  test.each(artifacts)('$image', (artifact) => {
    expect(unwatched(dockerfile, artifact)).toEqual([]);
  });

  test('a source that Skaffold does not watch is reported', () => {
    const [auth] = artifacts;
    const more = dockerfile.replace(
      /^FROM \S+ AS dev\n/m,
      '$&COPY --chown=1:1 docs/more ${SERVICE}/more docs/\n',
    );
    expect(auth && unwatched(more, auth)).toEqual([
      'ticketing/auth is not rebuilt for docs/more',
      'ticketing/auth is not rebuilt for auth/more',
    ]);
    const renamed = dockerfile.replace('AS dev', 'AS development');
    expect(auth && unwatched(renamed, auth)).toEqual(['ticketing/auth has no stage dev']);
  });
});
