// npm run docs:api

import { write } from './files.js';
import { writePages } from './pages.js';

write();
writePages();
