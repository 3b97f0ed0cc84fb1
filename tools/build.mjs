// Compiles <workspace>/src/**/*.ts (in `tests`: tests/**/*.ts) to <workspace>/dist/**/*.js, file by file, and deletes
// output without a source. Does not check types: `npm run verify` does.

import { build as transpile } from 'esbuild';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export async function build(root) {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  await Promise.all(workspaces.map((name) => buildOne(join(root, name))));
}

async function buildOne(folder) {
  const src = existsSync(join(folder, 'src')) ? join(folder, 'src') : folder;
  const dist = join(folder, 'dist');
  const sources = filesIn(src).filter(
    (file) => /(?<!\.test)\.ts$/.test(file) && !/(^|\/)(dist|node_modules)\//.test(file),
  );
  const current = new Set(sources.map((file) => file.slice(0, -3)));
  for (const file of filesIn(dist))
    if (!current.has(file.replace(/\.js(\.map)?$/, ''))) rmSync(join(dist, file));
  await transpile({
    entryPoints: sources.map((file) => join(src, file)),
    outdir: dist,
    outbase: src,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
}

function filesIn(folder) {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await build(join(fileURLToPath(import.meta.url), '..', '..'));
