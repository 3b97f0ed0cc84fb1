// Static files of a service: the page that shows the API description.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Express } from 'express';

/** Maps the path of a URL to a file on disk. */
export type Files = Readonly<Record<string, string>>;

// A page runs only its own scripts and sends requests only to its own origin. Inline styles are allowed.
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

/** Serves the files from memory. A browser may cache them but revalidates each time. */
export function serveFiles(app: Express, files: Files): void {
  for (const [path, file] of Object.entries(files)) {
    const content = readFileSync(file);
    const etag = `"${createHash('sha256').update(content).digest('base64url')}"`;
    app.get(path, (_request, response) => {
      response.locals['route'] = path;
      response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache', ETag: etag });
      // `send` answers 304 if the ETag matches.
      response.type(extname(file)).send(content);
    });
  }
}
