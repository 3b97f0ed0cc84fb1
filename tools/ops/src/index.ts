// What tests use of the operator's commands.

export { compare, inWords } from './check.js';
export { collect } from './operations.js';
export { byKubectl, onThisMachine, type Reach } from './reach.js';
