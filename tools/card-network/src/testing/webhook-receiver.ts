import { createServer, type IncomingMessage } from 'node:http';
import { onCleanUp } from './clean-up.js';

type ReceivedWebhook = Readonly<{ body: string; signature: string }>;

/** Starts a server that records webhooks; `status` decides the response to each. */
export async function startReceiver(status: () => number = () => 200, port = 0) {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      received.push({ body, signature: String(request.headers['stripe-signature']) });
      response.writeHead(status()).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onCleanUp(close);
  const types = () => received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  return { url: `http://127.0.0.1:${boundPort}/hook`, port: boundPort, received, types, close };
}

async function readText(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}
