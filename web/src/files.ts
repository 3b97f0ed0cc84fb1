// The built files of the shop, in memory: a download that ends early leaves no file open.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

// The smallest comes first.
const encodings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

type Encoded = Readonly<{ encoding?: 'br' | 'gzip'; content: Buffer; etag: string }>;
export type SiteFile = Readonly<{
  type: string;
  plain: Encoded;
  compressed: readonly (Encoded & { encoding: 'br' | 'gzip' })[];
}>;

/** By path of the URL, such as `/index.html`. */
export type SiteFiles = ReadonlyMap<string, SiteFile>;

/**
 * Reads each file with its compressed copies, which end in `.br` and `.gz`.
 * @throws Error if the folder has no page, or a file of a type that is not listed here
 */
export function readFiles(folder: string): SiteFiles {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/')}`);
  const present = new Set(paths);
  const files = new Map(
    paths
      .filter((path) => !/\.(br|gz)$/.test(path))
      .map((path) => [path, readFile(folder, path, present)] as const),
  );
  if (!files.has('/index.html'))
    throw new Error(`${folder} has no index.html; the build of the shop makes it`);
  return files;
}

function readFile(folder: string, path: string, present: ReadonlySet<string>): SiteFile {
  const type = types[extname(path)];
  if (!type) throw new Error(`${path} has a type that web/src/files.ts does not list`);
  const read = (name: string) => {
    const content = readFileSync(join(folder, name));
    return { content, etag: `"${createHash('sha256').update(content).digest('base64url')}"` };
  };
  return {
    type,
    plain: read(path),
    compressed: encodings
      .filter(({ suffix }) => present.has(path + suffix))
      .map(({ name, suffix }) => ({ encoding: name, ...read(path + suffix) })),
  };
}

/** The smallest form of a file that an `Accept-Encoding` allows. */
export function encodedFor({ plain, compressed }: SiteFile, acceptEncoding = ''): Encoded {
  const accepted = acceptEncoding
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => !/;\s*q=0(\.0*)?$/.test(coding))
    .map((coding) => coding.split(';', 1)[0]);
  return compressed.find(({ encoding }) => accepted.includes(encoding)) ?? plain;
}
