// What tests and the bench need: the system as a person starts it, and servers that may be broken.

export { startChild, type Child } from './children.js';
export { freePort, parts, type Part } from './ports.js';
export { startOwnServer } from './servers/start.js';
