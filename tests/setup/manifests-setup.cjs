const { renderAll } = require('../dist/cluster/manifests/render-all.js');

module.exports = async () => {
  globalThis.renderedManifests = await renderAll();
};
