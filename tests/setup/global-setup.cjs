// One mongod, nats-server, redis-server and card network for the whole run; every test file takes a namespace of its own.

const { startTestServers } = require('../dist/setup/test-servers.js');

module.exports = async () => {
  const { env, stop } = await startTestServers();
  Object.assign(process.env, env);
  globalThis.stopTestServers = stop;
};
