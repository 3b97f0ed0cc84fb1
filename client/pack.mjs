// Before `npm pack` and `npm publish`: compiles the sources twice, to dist for `require` and to dist/esm for `import`, each
// with its types.

import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const compile = (...options) =>
  execFileSync(process.execPath, [tsc, '--project', 'tsconfig.pack.json', ...options], { stdio: 'inherit' });

rmSync('dist', { recursive: true, force: true });
compile();
compile('--module', 'esnext', '--moduleResolution', 'bundler', '--outDir', 'dist/esm');
writeFileSync('dist/esm/package.json', '{ "type": "module" }\n');
cpSync('../LICENSE', 'LICENSE');
