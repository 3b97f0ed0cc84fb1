// npm run coverage [-- <workspace> …]: runs the unit and service tests and prints the coverage of each workspace.
// Code that a test runs in a child process, such as `npm start`, does not count.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'coverage');
const summary = join(folder, 'coverage-summary.json');

const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const measurable = workspaces.filter((name) => name !== 'tests');
const chosen = process.argv.length > 2 ? process.argv.slice(2) : measurable;
const unknown = chosen.filter((name) => !measurable.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown workspace: ${unknown.join(', ')}. Choose from: ${measurable.join(', ')}.`);
  process.exit(2);
}

rmSync(folder, { recursive: true, force: true });
const jest = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--coverage',
    '--coverageProvider=babel',
    `--coverageDirectory=${folder}`,
    '--coverageReporters=json-summary',
    '--coverageReporters=html',
    ...chosen.map((name) => `--collectCoverageFrom=${name}/src/**/*.ts`),
    // The rules of the shop's pages. The pages themselves (.tsx) run in the browser of tests/shop.
    ...(chosen.includes('web') ? ['--collectCoverageFrom=web/app/**/*.ts'] : []),
    '--collectCoverageFrom=!**/{*.test.ts,generated.ts,testing/**}',
    '--selectProjects',
    ...chosen,
  ],
  { cwd: root, stdio: 'inherit' },
);

if (!existsSync(summary)) process.exit(jest.status || 1);

const files = Object.entries(JSON.parse(readFileSync(summary, 'utf8')));
console.log(`\n${'workspace'.padEnd(20)} lines  branches`);
for (const name of chosen) {
  const own = files
    .filter(([file]) => relative(root, file).startsWith(`${name}/`))
    .map(([, counts]) => counts);
  console.log(name.padEnd(20), percentage(own, 'lines').padStart(5), percentage(own, 'branches').padStart(9));
}
console.log(`Line by line: ${relative(process.cwd(), join(folder, 'index.html'))}`);
process.exit(jest.status ?? 1);

function percentage(counts, kind) {
  const sum = (key) => counts.reduce((total, file) => total + file[kind][key], 0);
  return sum('total') === 0 ? '–' : `${Math.floor((100 * sum('covered')) / sum('total'))} %`;
}
