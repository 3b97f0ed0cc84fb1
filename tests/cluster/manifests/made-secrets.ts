// The Secrets that infra/secrets.mjs makes, with a kubectl that stores them in a file.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './variants.js';

const kubectl = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const file = __dirname + '/stored.json';
const stored = JSON.parse(readFileSync(file, 'utf8'));
const [verb, kind, name, ...rest] = process.argv.slice(2);
if (verb === 'kustomize') console.log('kind: Service\\nmetadata:\\n  namespace: ticketing');
if (verb === 'get' && stored[name]) console.log(rest.includes('json') ? JSON.stringify(stored[name]) : kind + '/' + name);
if (verb === 'create' || verb === 'patch') {
  const { metadata = { name }, stringData } = JSON.parse(readFileSync(0, 'utf8'));
  const data = Object.fromEntries(Object.entries(stringData).map(([key, value]) => [key, btoa(value)]));
  stored[metadata.name] = { data: { ...stored[metadata.name]?.data, ...data } };
  writeFileSync(file, JSON.stringify(stored));
}
`;

export type Stored = Record<string, { data: Record<string, string> }>;

const fileIn = (folder: string) => join(folder, 'stored.json');

/** With the values in base64, as Kubernetes has them. */
export const secretsIn = (folder: string) => JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Stored;
export const storeSecrets = (folder: string, stored: Stored) =>
  writeFileSync(fileIn(folder), JSON.stringify(stored));

/** Runs the script on the Secrets in `folder`. */
export function makeSecretsIn(folder: string): Stored {
  if (!existsSync(fileIn(folder))) storeSecrets(folder, {});
  writeFileSync(join(folder, 'kubectl'), kubectl, { mode: 0o755 });
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'infra', 'secrets.mjs')], {
    encoding: 'utf8',
    env: { HOME: folder, PATH: `${folder}${delimiter}${process.env['PATH']}` },
  });
  if (status !== 0) throw new Error(`infra/secrets.mjs fails: ${stderr}`);
  return secretsIn(folder);
}
