// What other workspaces use of the local system: its parts, their ports and their environment.

export { serviceEnv } from './environment.js';
export { serviceFor } from './ingress.js';
export { parts, planPorts, type Part, type Ports } from './ports.js';
