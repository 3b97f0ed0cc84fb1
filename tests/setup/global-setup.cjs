// One mongod, nats-server, redis-server and card network for the whole run. Each test file uses its own namespace.

const { startTestServers } = require('../dist/setup/test-servers.js');

module.exports = async () => {
  const { env, stop } = await startTestServers();
  Object.assign(process.env, env);
  globalThis.stopTestServers = stop;
};
