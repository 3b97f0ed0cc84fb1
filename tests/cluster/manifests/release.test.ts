// The images that the manifests of a commit name, and those that a release writes.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deployables } from './declared.js';
import { containers, ofKind, workloads, type Manifest, type Workload } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { beforeRules, objectsOf } from './rule.js';
import { objectsIn, render, root, variants } from './variants.js';

beforeRules();

const text = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const ours = /^ticketing\/|\/ticketing-/;
const imagesOf = (objects: readonly Manifest[]) =>
  workloads(objects)
    .flatMap(containers)
    .map(({ image }) => image)
    .filter((image) => ours.test(image));

describe('a release', () => {
  const digests = Object.fromEntries(
    deployables.map(({ name }, index) => [name, `sha256:${String(index).repeat(64)}`]),
  );
  let folder: string;
  const write = (named: Readonly<Record<string, string>>) =>
    execFileSync(
      process.execPath,
      [
        join(root, 'infra', 'release.mjs'),
        ...['--file', join(folder, 'release', 'kustomization.yaml')],
        ...['--registry', 'registry.example.com/us', '--version', '1.2.3'],
        ...['--digests', JSON.stringify(named)],
      ],
      { stdio: 'pipe' },
    );

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'release-'));
    cpSync(join(root, 'infra', 'k8s'), folder, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test(
    'names every image of production by its digest, and labels it with the version',
    async () => {
      write(digests);

      const objects = objectsIn(
        render(await find('kustomize'), { folder: join(folder, 'overlays', 'prod') }),
      );

      expect(imagesOf(objects).toSorted()).toEqual(
        deployables
          .map(({ name }) => `registry.example.com/us/ticketing-${name}:1.2.3@${digests[name]}`)
          .toSorted(),
      );
      const deployments = ofKind(objects, 'Deployment');
      expect(deployments).toHaveLength(deployables.length);
      for (const { metadata, spec } of deployments)
        for (const { labels } of [metadata, spec.template.metadata])
          expect(labels).toMatchObject({ 'app.kubernetes.io/version': '1.2.3' });
    },
    installingTakesMs,
  );

  test('without a digest is refused', () => {
    expect(() => write({ ...digests, orders: '' })).toThrow(/The digest of orders is/);
  });
});

test('git names images by digest, or those of its own checkout', () => {
  const images = variants.flatMap((each) => imagesOf(objectsOf(each)));
  expect(images.length).toBeGreaterThan(50);
  expect(images.filter((image) => !/@sha256:[0-9a-f]{64}$|^ticketing\/\w+:dev$/.test(image))).toEqual([]);
});

test('the version has its section in the changelog, dated, and no older one stands above it', () => {
  const { version } = JSON.parse(text('package.json')) as { version: string };
  const sections = [...text('CHANGELOG.md').matchAll(/^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$/gm)];
  expect(sections[0]?.[1]).toBe(version);
});

test('the workflows build and deploy every service and the shop', () => {
  const names = deployables.map(({ name }) => name).toSorted();
  const { jobs } = parse(text('.github/workflows/images.yml')) as {
    jobs: { build: { strategy: { matrix: { service: string[] } } } };
  };
  expect(jobs.build.strategy.matrix.service.toSorted()).toEqual(names);
  const { env } = parse(text('.github/workflows/release.yml')) as { env: { SERVICES: string } };
  expect(env.SERVICES.split(' ').toSorted()).toEqual(names);
});

describe('the deletion of production keeps the data', () => {
  const production = variants.filter(({ production: is }) => is);

  test.each(production)('$name has no namespace and no Secret that a deletion would take along', (each) => {
    const kinds = objectsOf(each).map(({ kind }) => kind);
    for (const kind of ['Namespace', 'Secret']) expect(kinds).not.toContain(kind);
  });

  test.each(production)('no StatefulSet of $name deletes its volumes', (each) => {
    type Policy = { persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string } };
    for (const { spec } of ofKind(objectsOf(each), 'StatefulSet')) {
      const policy = (spec as Workload['spec'] & Policy).persistentVolumeClaimRetentionPolicy ?? {};
      expect(Object.values(policy).filter((when) => when !== 'Retain')).toEqual([]);
    }
  });

  test('Argo CD, Flux and Helm keep the namespace, claims of volumes and the sources of Secrets', () => {
    const kept = {
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
      'helm.sh/resource-policy': 'keep',
    };
    const objects = variants.flatMap((each) => objectsOf(each));
    const kinds = ['Namespace', 'ExternalSecret', 'PersistentVolumeClaim'];
    const keepers = objects.filter(({ kind }) => kinds.includes(kind));
    expect(keepers.length).toBeGreaterThan(10);
    for (const { metadata } of keepers) expect(metadata.annotations).toMatchObject(kept);
  });
});
