const { rm } = require('node:fs/promises');

module.exports = () => rm(globalThis.renderedManifests, { recursive: true, force: true });
