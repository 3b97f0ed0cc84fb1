// Prints the section of a version from CHANGELOG.md: the notes of its release.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , version] = process.argv;
const sections = readFileSync(join(import.meta.dirname, '..', 'CHANGELOG.md'), 'utf8').split(/^(?=## )/m);
const section = sections.find((text) => text.startsWith(`## [${version}] - `));
if (!section) throw new Error(`CHANGELOG.md has no section ${version}.`);
process.stdout.write(section.slice(section.indexOf('\n')).trim() + '\n');
