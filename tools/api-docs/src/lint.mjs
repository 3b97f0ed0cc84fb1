// node lint.mjs <openapi.json>: prints what is wrong with it, a line each. By itself, because the library is ESM only.

import { createConfig, lint } from '@redocly/openapi-core';

const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    'no-invalid-media-type-examples': 'error',
    'no-invalid-schema-examples': 'error',
    'no-unused-components': 'error',
    // The description is served by the system itself, wherever that is.
    'no-server-example.com': 'off',
    // Signing in and out is for everybody.
    'security-defined': 'off',
  },
});
for (const { message, location } of await lint({ ref: process.argv[2], config }))
  console.log(`${location[0]?.pointer}: ${message}`);
