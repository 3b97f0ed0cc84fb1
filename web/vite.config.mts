// `npm run dev -w web` serves the shop with hot reload and sends the API's requests to a running system (API_URL).

import react from '@vitejs/plugin-react';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const api = process.env['API_URL'] ?? 'http://localhost:8080';
// The API accepts requests of its own pages only: `Host` stays what it is in `Origin`.
const proxied = { target: api, changeOrigin: false };
const site = join(import.meta.dirname, 'site');

/** Writes each text file of the site compressed too, so that the server compresses nothing. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  closeBundle() {
    for (const entry of readdirSync(site, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(html|js|css|svg)$/.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      const content = readFileSync(file);
      writeFileSync(`${file}.br`, brotliCompressSync(content));
      writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
    }
  },
};

export default defineConfig({
  root: join(import.meta.dirname, 'app'),
  plugins: [react(), compressed],
  // The client's sources: neither types nor bundle need a build of it.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: site,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // One file, so that a page never lacks only its style during an update.
    cssCodeSplit: false,
    // No data: URLs, so that the content security policy stays simple.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': proxied, '/config.json': proxied, '/dev': proxied } },
});
