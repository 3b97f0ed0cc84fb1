// The page behind the link in a mail. Opening it changes nothing, because mail scanners open links; its button does.

import { join } from 'node:path';
import type { Files } from '@ticketing/common/http';

const docs = join(__dirname, '..', '..', 'docs', 'api', 'page');

export const unsubscribePage: Files = {
  '/api/notifications/unsubscribe/:token': join(docs, 'unsubscribe.html'),
  '/api/notifications/unsubscribe.js': join(docs, 'unsubscribe.js'),
};
