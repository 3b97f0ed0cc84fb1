// What tests use of the generated descriptions.

export { committed, pathOf } from './files.js';
export type { Json } from './schemas.js';
export { services } from './tables.js';
