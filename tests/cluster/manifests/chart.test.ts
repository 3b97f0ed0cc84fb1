import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byKey, generateChart, lint, template } from './chart.js';
import { outsideOf, referencesToFirst } from './namespaces.js';
import { mainContainer, named, ofKind, type Manifest } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { objectsIn, render, root } from './variants.js';

let helm: string;
let kustomize: string;
let folder: string;
let chart: string;

beforeAll(async () => {
  [helm, kustomize] = [await find('helm'), await find('kustomize')];
  folder = mkdtempSync(join(tmpdir(), 'chart-'));
  chart = join(folder, 'ticketing');
  generateChart(chart, kustomize);
}, installingTakesMs);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('helm lint finds no fault', () => {
  expect(lint(helm, chart)).toEqual({ ok: true, says: expect.stringContaining('0 chart(s) failed') });
});

const stores = (['prod', 'prod-external'] as const)
  .map((overlay) => ({ overlay, path: join(root, 'infra/k8s/overlays', overlay) }))
  .filter(({ path }) => existsSync(path));

test.each(stores)(
  'with its default values the chart installs the objects of $overlay',
  ({ overlay, path }) => {
    const applied = objectsIn(render(kustomize, { folder: path }));
    const installed = template(
      helm,
      chart,
      'ticketing',
      `stores=${overlay === 'prod' ? 'bundled' : 'external'}`,
    );

    expect(applied.length).toBeGreaterThan(20);
    expect(byKey(installed)).toEqual(byKey(applied));
    expect(installed).toHaveLength(applied.length);
  },
);

describe('with values of its own, an installation has nothing of the defaults', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  let objects: Manifest[];
  beforeAll(() => {
    objects = template(
      helm,
      chart,
      'second',
      'host=shop.example.com',
      'ingress.className=traefik',
      'ingress.namespace=traefik-system',
      'ingress.tlsSecretName=shop-tls',
      'ingress.annotations.cert-manager\\.io/cluster-issuer=letsencrypt',
      'trustProxy=2',
      `images.orders.registry=registry.example.com,images.orders.digest=${digest},images.orders.tag=1.2.3`,
      'autoscaling.orders.minReplicas=3,autoscaling.orders.maxReplicas=30',
    );
  });

  test('the namespace is that of the release', () => {
    expect(outsideOf('second', objects)).toEqual([]);
    expect(referencesToFirst(objects)).toEqual([]);
  });

  test('no object names the default host, class, controller or certificate', () => {
    const text = JSON.stringify(objects);
    for (const value of ['ticketing.dev', 'ingress-nginx', '"ingressClassName":"nginx"', 'ticketing-tls'])
      expect(text).not.toContain(value);
    expect(text).toContain('Ticketing <tickets@shop.example.com>');
    expect(text).toContain('https://shop.example.com');
  });

  test('the Ingress, the image and the autoscaler have the values', () => {
    const ingress = named(objects, 'Ingress', 'ingress-service');
    expect(ingress.metadata.annotations).toEqual({ 'cert-manager.io/cluster-issuer': 'letsencrypt' });
    expect(ingress.spec).toMatchObject({
      ingressClassName: 'traefik',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
      rules: [{ host: 'shop.example.com' }],
    });
    const orders = mainContainer(named(objects, 'Deployment', 'orders-depl'));
    expect(orders.image).toBe(`registry.example.com/ticketing/orders:1.2.3@${digest}`);
    expect(orders.env).toContainEqual({ name: 'TRUST_PROXY', value: '2' });
    const { spec } = named(objects, 'HorizontalPodAutoscaler', 'orders');
    expect(spec).toMatchObject({ minReplicas: 3, maxReplicas: 30 });
  });
});

test.each([
  ['a host that is none', 'host=https://shop.example.com/'],
  ['an unknown value', 'hostname=shop.example.com'],
  ['a digest that is none', 'images.orders.digest=sha256:1'],
  ['unknown stores', 'stores=managed'],
])('%s is refused', (_, value) => {
  expect(() => template(helm, chart, 'ticketing', value)).toThrow(/values don't meet the specifications/);
});

test('the deletion of a release keeps the namespace, the Secrets and the volumes', () => {
  const kinds = new Set(template(helm, chart, 'ticketing').map(({ kind }) => kind));
  for (const kind of ['Namespace', 'Secret', 'PersistentVolumeClaim', 'PersistentVolume'])
    expect(kinds).not.toContain(kind);
  expect(ofKind(template(helm, chart, 'ticketing'), 'StatefulSet').length).toBeGreaterThan(0);
});
