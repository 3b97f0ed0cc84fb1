// What the journeys and the bench need to bring the system up as a person would.

export { startChild, type Child } from './children.js';
export { freePort, parts, type Part } from './ports.js';
