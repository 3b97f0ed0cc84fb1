// The deployable variants: each overlay, and overlays with one more component.

import { root } from '@ticketing/common/testing/servers';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { Manifest } from './objects.js';

export { root };

export type Variant = Readonly<{
  name: string;
  folder: string;
  host: string;
  production: boolean;
  /** whether NATS Streaming is the bus */
  streaming: boolean;
  /** whether the stores are outside of the installation */
  external: boolean;
  /** whether the local card network and the mail catcher stand in for Stripe and an SMTP server */
  standIns: boolean;
  /** whether jobs make backups */
  backedUp: boolean;
  /** whether a Prometheus may scrape the services */
  observed: boolean;
}>;

/** A folder's name says what it is, so that a new overlay is checked at once. */
export const variants: readonly Variant[] = ['infra/k8s/overlays', 'tests/cluster/overlays/variants'].flatMap(
  (parent) =>
    readdirSync(join(root, parent)).map((name) => {
      const production = name.startsWith('prod');
      const streaming = name.endsWith('nats-streaming');
      const observed = name.endsWith('observability');
      const external = name.endsWith('external');
      const backedUp = name.endsWith('backup');
      const host = name.endsWith('staging') ? 'staging.ticketing.dev' : 'ticketing.dev';
      return {
        name,
        folder: join(root, parent, name),
        host,
        production,
        streaming,
        external,
        backedUp,
        standIns: !production,
        observed,
      };
    }),
);

export function variant(name: string): Variant {
  const found = variants.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`There is no variant ${name}.`);
  return found;
}

/** @param program path of kubectl or kustomize */
export function render(program: string, { folder }: Pick<Variant, 'folder'>): string {
  const verb = basename(program).startsWith('kubectl') ? 'kustomize' : 'build';
  return execFileSync(program, [verb, folder], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}

export function objectsIn(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
}

/** The namespace of every installation, which the overlay names. */
export function namespaceManifest(): Manifest {
  const [manifest] = objectsIn(readFileSync(join(root, 'infra/k8s/namespace/namespace.yaml'), 'utf8'));
  if (!manifest) throw new Error('namespace.yaml is empty.');
  return manifest;
}

/** Writes YAML 1.1, which the Go programs read: it quotes texts such as `yes`. */
export function toYaml(objects: readonly Manifest[]): string {
  const options = { version: '1.1', aliasDuplicateObjects: false } as const;
  return objects.map((object) => stringify(object, options)).join('---\n');
}
