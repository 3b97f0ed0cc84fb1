// The generated descriptions, for tests.

export { committed, pathOf } from './files.js';
export type { Json } from './schemas.js';
export { services, shop } from './tables.js';
