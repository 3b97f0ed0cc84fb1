import { once } from 'node:events';
import type { Socket } from 'node:net';

/** The answers of Redis to these commands, one line each, over a new connection; none if it closes the connection. */
export async function redisAnswers(socket: Socket, ...commands: readonly string[]): Promise<string[]> {
  let text = '';
  const ended = once(socket, 'close').catch(() => undefined);
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => undefined);
  // QUIT ends the connection after the other answers.
  socket.write([...commands, 'QUIT', ''].join('\r\n'));
  await ended;
  return text.split('\r\n').slice(0, commands.length).filter(Boolean);
}
