// Run by tools.ts: writes client/api.ts into the folder OUTPUT.

const { join } = require('node:path');

module.exports = {
  ticketing: {
    input: { target: process.env.DESCRIPTION },
    output: {
      target: join(process.env.OUTPUT, 'client', 'api.ts'),
      client: 'fetch',
      mode: 'single',
      baseUrl: process.env.API,
    },
  },
};
