// What tests and the bench need: the system as a person starts it, and servers that may be broken.

export { startChild, type Child } from './children.js';
export { serviceFor } from './ingress.js';
export { freePort, parts, type Part } from './ports.js';
export { compare, inWords } from './ops/check.js';
export { collect } from './ops/operations.js';
export { byKubectl, onThisMachine, type Reach } from './ops/reach.js';
export { findProgram, serversFolder } from './servers/find.js';
export { aptInstall, goInstall, type Program } from './servers/recipes.js';
export { busServer, startOwnServer } from './servers/start.js';
