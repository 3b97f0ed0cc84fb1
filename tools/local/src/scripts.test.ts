// Documents, comments and workflows name existing npm scripts only.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '@ticketing/common/testing/servers';

const skipped = new Set(['node_modules', 'dist', '.git', '.data', 'coverage']);
const scriptsOf = (folder: string) =>
  (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { scripts?: object }).scripts ??
  {};

const command = /npm run (?:-s |--silent )?([a-z]\w*(?::\w+)*)(?: -w (\w+))?/g;

function textFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !skipped.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return textFiles(path);
      return /\.(md|ya?ml|ts|mjs|cjs|sh)$|\/\.ci\/run$|\/Dockerfile$/.test(path) ? [path] : [];
    });
}

test('every `npm run` names a script of package.json', () => {
  const unknown = textFiles(root).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(command)]
      .filter(([, name = '', workspace = '.']) => !(name in scriptsOf(workspace)))
      .map(([text]) => `${relative(root, file)}: ${text}`),
  );
  expect(unknown).toEqual([]);
});
