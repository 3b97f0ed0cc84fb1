// Writes the images of a release, by digest, and its version into infra/k8s/release:
//
//   node infra/release.mjs --registry ghcr.io/<owner> --version 1.0.0 --digests '{"auth":"sha256:…",…}'

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const file = join(import.meta.dirname, 'k8s', 'release', 'kustomization.yaml');

/** The kustomize component that replaces the images of this checkout by those of the release, and labels them. */
export function releaseComponent({ registry, version, digests }) {
  const images = Object.entries(digests).map(([name, digest]) => {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`The digest of ${name} is ${digest}.`);
    return `  - { name: ticketing/${name}, newName: ${registry}/ticketing-${name}, newTag: '${version}', digest: '${digest}' }\n`;
  });
  return `# The images of release ${version}. Written by infra/release.mjs.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
${images.join('')}patches:
  - target: { kind: Deployment, labelSelector: 'tier in (service, web)' }
    patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: every-deployment, labels: { app.kubernetes.io/version: '${version}' } }
      spec: { template: { metadata: { labels: { app.kubernetes.io/version: '${version}' } } } }
`;
}

if (process.argv[1] === import.meta.filename) {
  const option = { type: 'string' };
  const { values } = parseArgs({
    options: { registry: option, version: option, digests: option, file: { ...option, default: file } },
  });
  writeFileSync(values.file, releaseComponent({ ...values, digests: JSON.parse(values.digests) }));
}
