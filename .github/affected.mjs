// Which parts of the pipeline a change concerns, as outputs of a GitHub step. Takes the changed files as `git diff -z`
// names them; with --all, everything. What no rule knows concerns everything.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments'];
const everything = {
  suites: ['common', 'dev', 'client', ...services],
  e2e: true,
  security: true,
  chaos: true,
  manifests: true,
  images: true,
  cluster: true,
};

const rules = [
  // The README's tour and tables are run and compared by a test of e2e; other prose is only read.
  [/^README\.md$/, { e2e: true }],
  // Compared with the code by a test of e2e, and shown by auth.
  [/^docs\/api\//, { suites: ['auth', 'client'], e2e: true, security: true, images: true, cluster: true }],
  [/^client\//, { suites: ['client'], e2e: true, cluster: true }],
  // Names tests, which a test of e2e looks for.
  [/^docs\/security\.md$/, { e2e: true }],
  [/^docs\/|\.md$|^LICENSE$|^renovate\.json$/, {}],
  // The manifests are compared with the services' own configuration.
  ...services.map((name) => [new RegExp(`^${name}/`), { ...everything, suites: [name] }]),
  // Its journeys are made through the cluster's ingress too.
  [/^e2e\//, { e2e: true, security: true, chaos: true, cluster: true }],
  // The gateway of dev, and with it e2e, takes its routes from the ingress manifest.
  [/^infra\//, { suites: ['dev'], e2e: true, security: true, manifests: true, cluster: true }],
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
    e2e: any('e2e'),
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
