// GET /api/tickets/:ticketId on Express alone: without request id, log, metrics, limits, headers or session.

import express from 'express';
import { send } from '@ticketing/common/http';
import { startService } from '@ticketing/common/service';
import { service } from '../../tickets/src/service.js';

async function main(): Promise<void> {
  const { ctx, storage } = await startService(service, { ...process.env, PORT: '0' });
  const route = service
    .routes?.(ctx)
    .find(({ method, path }) => method === 'get' && path === '/api/tickets/:ticketId');
  if (!route) throw new Error('GET /api/tickets/:ticketId is not a route of tickets');
  const { endpoint, path } = route;
  const app = express().disable('etag').disable('x-powered-by');
  app.get(path, async (request, response) =>
    send(response, await endpoint.use(endpoint.read(request, response))),
  );
  while ((await storage.ready['database']?.()) !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 50));
  app.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('up'));
}

void main();
