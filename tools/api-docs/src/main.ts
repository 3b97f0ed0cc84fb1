// npm run docs:api: writes the generated documents.

import { write } from './files.js';
import { writePages } from './pages.js';

write();
writePages();
