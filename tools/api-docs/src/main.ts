// npm run docs:api: writes docs/api/openapi.json and docs/api/asyncapi.json.

import { write } from './files.js';

write();
