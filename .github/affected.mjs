// Prints the parts of the pipeline that a change affects, as outputs of a GitHub step. Reads the changed files in the format
// of `git diff -z`; with --all, every part is affected. A file without a rule affects every part.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'];
const everything = {
  suites: [
    'common',
    'client',
    'web',
    'tools/local',
    'tools/card-network',
    'tools/ops',
    'tools/api-docs',
    ...services,
  ],
  journeys: true,
  security: true,
  chaos: true,
  manifests: true,
  images: true,
  cluster: true,
};

const rules = [
  // A test in tests/journeys runs their shell blocks; tests in tools/api-docs check diagrams and links.
  [/^README\.md$|^docs\/how-it-works\.md$/, { suites: ['tools/api-docs'], journeys: true }],
  // A test in tests/journeys compares it with the code, and auth serves it.
  [
    /^docs\/api\//,
    { suites: ['auth', 'client'], journeys: true, security: true, images: true, cluster: true },
  ],
  // Names tests, which a test of tests/journeys looks for.
  [/^docs\/security\.md$/, { suites: ['tools/api-docs'], journeys: true }],
  // A test of tests/cluster compares it with the version.
  [/^CHANGELOG\.md$/, { suites: ['tools/api-docs'], manifests: true }],
  // Tests in tools/api-docs compare generated pages and requests, and follow every link.
  [/^docs\/|\.md$|\/requests\.http$/, { suites: ['tools/api-docs'] }],
  [/^LICENSE$|^renovate\.json$/, {}],
  // The shop contains the client.
  [/^client\//, { suites: ['client', 'web'], journeys: true, images: true, cluster: true }],
  [/^web\//, { suites: ['web'], journeys: true, manifests: true, images: true, cluster: true }],
  // The manifests are compared with the services' own configuration.
  ...services.map((name) => [new RegExp(`^${name}/`), { ...everything, suites: [name] }]),
  // The cluster test runs journeys too.
  [/^tests\/(?!setup\/)/, { journeys: true, security: true, chaos: true, manifests: true, cluster: true }],
  // The gateway of tools/local reads its routes from the ingress manifest, and the journeys use the gateway.
  [/^infra\//, { suites: ['tools/local'], journeys: true, security: true, manifests: true, cluster: true }],
  [/^(Dockerfile|\.dockerignore)$/, { manifests: true, images: true, cluster: true }],
  [/^skaffold\.yaml$/, { manifests: true }],
];

/** @param {readonly string[]} files an empty list means that the changes are unknown */
export function affected(files) {
  if (files.length === 0) return everything;
  const parts = files.map((file) => rules.find(([pattern]) => pattern.test(file))?.[1] ?? everything);
  const any = (key) => parts.some((part) => part[key]);
  return {
    suites: everything.suites.filter((suite) => parts.some((part) => part.suites?.includes(suite))),
    journeys: any('journeys'),
    security: any('security'),
    chaos: any('chaos'),
    manifests: any('manifests'),
    images: any('images'),
    cluster: any('cluster'),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = process.argv.includes('--all') ? [] : readFileSync(0, 'utf8').split('\0').filter(Boolean);
  for (const [name, value] of Object.entries(affected(files)))
    process.stdout.write(`${name}=${JSON.stringify(value)}\n`);
}
