// Which parts of the pipeline a change concerns, as outputs of a GitHub step. Takes the changed files as `git diff -z`
// names them; with --all, everything. What no rule knows concerns everything.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments'];
const everything = {
  suites: [
    'common',
    'client',
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
  // The README's tour and tables are run and compared by a test of tests/journeys; other prose is only read.
  [/^README\.md$/, { journeys: true }],
  // Compared with the code by a test of tests/journeys, and shown by auth.
  [
    /^docs\/api\//,
    { suites: ['auth', 'client'], journeys: true, security: true, images: true, cluster: true },
  ],
  [/^client\//, { suites: ['client'], journeys: true, cluster: true }],
  // Names tests, which a test of tests/journeys looks for.
  [/^docs\/security\.md$/, { journeys: true }],
  [/^docs\/|\.md$|^LICENSE$|^renovate\.json$/, {}],
  // The manifests are compared with the services' own configuration.
  ...services.map((name) => [new RegExp(`^${name}/`), { ...everything, suites: [name] }]),
  // Its journeys are made through the cluster's ingress too.
  [/^tests\/(?!setup\/)/, { journeys: true, security: true, chaos: true, manifests: true, cluster: true }],
  // The gateway of tools/local, and with it the journeys, takes its routes from the ingress manifest.
  [/^infra\//, { suites: ['tools/local'], journeys: true, security: true, manifests: true, cluster: true }],
  [/^(Dockerfile|\.dockerignore)$/, { manifests: true, images: true, cluster: true }],
  [/^skaffold\.yaml$/, { manifests: true }],
];

/** @param {readonly string[]} files none means that nobody knows what changed */
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
