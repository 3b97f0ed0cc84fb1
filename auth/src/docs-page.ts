// /api/docs: the committed descriptions of the API, and a page to read and try them.

import { join } from 'node:path';
import type { Files } from '@ticketing/common/http';

const docs = join(__dirname, '..', '..', 'docs', 'api');
const library = join(require.resolve('swagger-ui-dist/package.json'), '..');

export const docsPage: Files = {
  '/api/docs': join(docs, 'page', 'index.html'),
  '/api/docs/page.js': join(docs, 'page', 'page.js'),
  '/api/docs/page.css': join(docs, 'page', 'page.css'),
  '/api/docs/swagger-ui.js': join(library, 'swagger-ui-bundle.js'),
  '/api/docs/swagger-ui.css': join(library, 'swagger-ui.css'),
  '/api/docs/icon.png': join(library, 'favicon-32x32.png'),
  '/api/docs/openapi.json': join(docs, 'openapi.json'),
  '/api/docs/asyncapi.json': join(docs, 'asyncapi.json'),
};
