// A second installation: the same overlay in another namespace. Nothing in it may lead to the first one.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { configOf, services } from './declared.js';
import type { Manifest } from './objects.js';
import { objectsIn, render, type Variant } from './variants.js';

/** Renders a variant the way an operator's own overlay does. */
export function renderedIn(namespace: string, program: string, { folder }: Variant): Manifest[] {
  const overlay = realpathSync(mkdtempSync(join(tmpdir(), 'overlay-')));
  try {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace,
      resources: [relative(overlay, realpathSync(folder))],
    };
    writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
    return objectsIn(render(program, { folder: overlay }));
  } finally {
    rmSync(overlay, { recursive: true });
  }
}

// The product has the same name as the first namespace. These texts name the product.
const product = [
  /\bticketing\/\w+:/, // an image
  /(?:^|[./@])ticketing\.dev(?=>?$)/, // a host, alone, in a URL or in an address of mail
  /^ticketing-tls$/, // the Secret of a certificate
  /^--cluster_id=ticketing$/, // of NATS Streaming
  /\bcluster \{\s+name: ticketing\n/, // of the NATS servers
];
const productPaths = [
  /app\.kubernetes\.io\/(part-of|instance)$/,
  /^ConfigMap nats-config\S* data\.authorization\.conf$/, // subjects and streams
  /^Gateway ticketing metadata\.name$/,
  /^HTTPRoute ticketing (?:metadata|spec\.parentRefs\.\d+)\.name$/,
];

/** Every text in the objects that may name the namespace `ticketing` or one whose name begins like that. */
export function referencesToFirst(objects: readonly Manifest[]): string[] {
  return objects.flatMap((object) =>
    textsIn(object)
      .map(([path, text]) => [`${object.kind} ${object.metadata.name} ${path}`, text] as const)
      .filter(([path]) => !productPaths.some((pattern) => pattern.test(path)))
      .filter(([, text]) =>
        product.reduce((rest, pattern) => rest.replace(pattern, ''), text).includes('ticketing'),
      )
      .map(([path, text]) => `${path} is ${text}`),
  );
}

/** Keys count as texts too. */
function textsIn(value: unknown, path: readonly string[] = []): [path: string, text: string][] {
  if (typeof value === 'string') return [[path.join('.'), value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(Array.isArray(value) ? [] : ([[`${[...path, key].join('.')} (key)`, key]] as [string, string][])),
    ...textsIn(inner, [...path, key]),
  ]);
}

export function outsideOf(namespace: string, objects: readonly Manifest[]): string[] {
  return objects
    .filter(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace) !== namespace)
    .map(({ kind, metadata }) => `${kind} ${metadata.name} is in ${metadata.namespace ?? 'no namespace'}`);
}

/** Two installations with one INSTALLATION_ID would refund each other's payments, and would mix their traces. */
export function sharedMarks(namespace: string, objects: readonly Manifest[]): string[] {
  return services
    .map((service) => [service.name, String(configOf(objects, service)['INSTALLATION_ID'])] as const)
    .filter(([, mark]) => mark !== namespace)
    .map(([name, mark]) => `${name} has the mark ${mark}`);
}
