// node --require: a service whose streams hear no message of the bus and read nothing again. A control of *told all*.

const { join } = require('node:path');

const path = join(__dirname, '..', '..', '..', 'common', 'dist', 'live', 'feed.js');
const feed = require(path);
const deaf = { hear: () => undefined, missed: () => undefined, refreshNext: async () => undefined };
require.cache[path].exports = {
  ...feed,
  createFeed: (...given) => ({ ...feed.createFeed(...given), ...deaf }),
};
