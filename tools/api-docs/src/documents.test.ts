// The links of the documents lead somewhere, and their lines wrap at 100 characters.

import { root } from '@ticketing/common/testing/servers';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const skipped = new Set(['node_modules', 'dist', '.git', '.data']);

/** The Markdown files below a folder, by their paths from the root. */
function documentsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : documentsIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const withoutCode = (text: string) => text.replaceAll(/^```[^]*?^```/gm, '');

/** The anchors of a document, as GitHub makes them from its headings. */
function anchorsOf(file: string): Set<string> {
  const headings = withoutCode(readFileSync(file, 'utf8')).matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .replaceAll(/\]\([^)]*\)/g, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function isBroken(link: string, from: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? join(root, from) : join(root, dirname(from), path);
  if (!existsSync(file)) return true;
  return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
}

test.each(documentsIn('.'))('every link of %s leads to a file and a heading', (name) => {
  const text = withoutCode(readFileSync(join(root, name), 'utf8'));
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const own = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(own.filter((link) => isBroken(link, name))).toEqual([]);
});

const maxColumns = 100;
// A table row is one line, and a picture or a single word cannot be wrapped.
const unbreakable = /^\s*(\||!\[|([-*] )?\S+$)/;

/** The lines of a document's text that are too long, with their numbers. Code stays as it is. */
function longLinesOf(text: string): string[] {
  let isCode = false;
  return text.split('\n').flatMap((line, index, lines) => {
    if (line.startsWith('```')) isCode = !isCode;
    const isIndented = /^ {4}/.test(line) && /^( {4}|$)/.test(lines[index - 1] ?? '');
    if (isCode || isIndented || line.length <= maxColumns || unbreakable.test(line)) return [];
    return [`${index + 1}: ${line}`];
  });
}

const isGenerated = (text: string) => text.startsWith('<!-- Generated');
const written = documentsIn('.').filter((name) => !isGenerated(readFileSync(join(root, name), 'utf8')));

test.each(written)('the lines of %s wrap', (name) => {
  expect(longLinesOf(readFileSync(join(root, name), 'utf8'))).toEqual([]);
});
