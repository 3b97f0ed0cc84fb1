// The local system as other workspaces use it: its parts, their ports and their environment.

export { localUrls, serviceEnv } from './environment.js';
export { serviceFor } from './ingress.js';
export {
  memberPorts,
  parts,
  planPorts,
  replicasOf,
  type Part,
  type Ports,
  type ServiceName,
} from './ports.js';
export { secureSystem, type Secure } from './secure.js';
export { fillDemo } from './demo.js';
export { demoPassword, demoSales, demoTickets } from './demo-data.js';
