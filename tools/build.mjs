// Compiles <workspace>/src/**/*.ts (in `tests`: tests/**/*.ts) to <workspace>/dist/**/*.js, file by file, and deletes
// output without a source. Bundles the pages of the shop if one of their sources has changed. Does not check types:
// `npm run verify` does.

import { build as transpile } from 'esbuild';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export async function build(root) {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  await Promise.all([buildSome(root, workspaces), buildShop(root)]);
}

const buildSome = (root, workspaces) => Promise.all(workspaces.map((name) => buildOne(join(root, name))));

async function buildShop(root) {
  const web = join(root, 'web');
  const pages = filesIn(join(web, 'app')).map((file) => join(web, 'app', file));
  if (pages.length === 0) return;
  const client = filesIn(join(root, 'client', 'src')).map((file) => join(root, 'client', 'src', file));
  const settings = [join(web, 'vite.config.mts'), join(root, 'package-lock.json')];
  const changedAt = Math.max(...[...pages, ...client, ...settings].map((file) => statSync(file).mtimeMs));
  const builtAt = statSync(join(web, 'site', 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtAt > changedAt) return;
  const vite = await import('vite');
  await vite.build({ configFile: join(web, 'vite.config.mts'), logLevel: 'warn' });
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

// node tools/build.mjs                           this checkout
// node tools/build.mjs /a/checkout orders auth   some workspaces of another one
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [other, ...workspaces] = process.argv.slice(2);
  if (other === undefined) await build(join(fileURLToPath(import.meta.url), '..', '..'));
  else await buildSome(other, workspaces);
}
