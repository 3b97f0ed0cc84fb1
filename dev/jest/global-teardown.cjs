module.exports = () => globalThis.stopTestServers();
