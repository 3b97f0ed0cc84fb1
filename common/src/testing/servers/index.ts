// The real servers that tests and `npm start` use: found, installed, started, stopped.

export { startChild, type Child } from '../child.js';
export { freePort } from '../free-port.js';
export { findProgram, findServer, serversFolder } from './find.js';
export { aptInstall, goInstall, recipes, type Program } from './recipes.js';
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
export { root } from './root.js';
