// node web/dist/main.js: serves the shop.

import { readConfig } from './config.js';
import { createSite } from './site.js';

function main(): void {
  const config = readConfig(process.env);
  const server = createSite(config);
  server.on('error', (error) => fail(error.message));
  server.listen(config.PORT, config.BIND_ADDRESS);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
}

function fail(message: string): void {
  console.error(message);
  process.exit(1);
}

try {
  main();
} catch (error) {
  fail((error as Error).message);
}
