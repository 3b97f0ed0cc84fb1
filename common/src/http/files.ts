// Files that a service hands out as they are: the page that shows the API description.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Express } from 'express';

/** From the path of a URL to a file on disk. */
export type Files = Readonly<Record<string, string>>;

// A page may run its own scripts and ask its own origin, nothing else. Only styles may stand in the markup.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Mounts the files, read once. A browser may keep them, but asks each time whether they are still the same. */
export function serveFiles(app: Express, files: Files): void {
  for (const [path, file] of Object.entries(files)) {
    const content = readFileSync(file);
    const etag = `"${createHash('sha256').update(content).digest('base64url')}"`;
    app.get(path, (_request, response) => {
      response.locals['route'] = path;
      response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache', ETag: etag });
      // Answers 304 by itself.
      response.type(extname(file)).send(content);
    });
  }
}
