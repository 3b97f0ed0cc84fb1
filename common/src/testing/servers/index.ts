// Finds, installs, starts and stops the real servers for tests and `npm start`.

export { startChild, type Child } from '../child.js';
export { freePort } from '../free-port.js';
export { certificatesIn, type Certificates } from './certificates.js';
export { findProgram, findServer, serversFolder } from './find.js';
export { aptInstall, brewInstall, goInstall, nginxFromWheel } from './installs.js';
export { recipes, type Program } from './recipes.js';
export {
  busServer,
  listens,
  serving,
  startOwnServer,
  startServer,
  urlOf,
  type Server,
  type ServerName,
} from './start.js';
export { grant, readWriteRoleOn } from '../../documents/database-user.js';
export {
  leaderOf,
  memberNumbers,
  startMember,
  untilClusterServes,
  urlOfMembers,
  type Clustered,
  type ClusterPlan,
} from './cluster.js';
export { withAdmin, type MongoAccess } from './replica-set.js';
export { root } from './root.js';
export { sessionKeyPair } from '../session-keys.js';
