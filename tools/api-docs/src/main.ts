// npm run docs:api

import { write } from './files.js';

write();
