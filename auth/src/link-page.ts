// /api/users/link: the page that a link in a mail opens. It reads the link's token from the fragment of its address, which no
// server or proxy sees.

import { join } from 'node:path';
import type { Files } from '@ticketing/common/http';

const page = join(__dirname, '..', 'page');

export const linkPage: Files = {
  '/api/users/link': join(page, 'index.html'),
  '/api/users/link/page.js': join(page, 'page.js'),
  '/api/users/link/page.css': join(page, 'page.css'),
};
