// People with accounts: a seller and a buyer sign up, trade, and half of them delete their accounts. Unlike virtual users
// they expect one answer of each request, whatever process answers it.

import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '@ticketing/common/id';
import { password } from '../../system/person.js';

export type Service = 'auth' | 'tickets' | 'orders' | 'payments' | 'notifications';

/** The processes that get requests. */
export type Rotation = Readonly<{ next(service: Service): string; all(service: Service): readonly string[] }>;

export type Person = Readonly<{ email: string; cookie: string }>;
/** Two people who keep their accounts, and what they traded. */
export type Trade = Readonly<{
  seller: Person;
  buyer: Person;
  ticketId: string;
  orderId: string;
  /** occurs in the title of this ticket only */
  word: string;
}>;

type Body = Record<string, unknown>;
export type Answer = Readonly<{ status: number; body: unknown; cookie: string | undefined }>;

const foundWithinMs = 15_000;
const knownWithinMs = 15_000;

export async function ask(
  url: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { by, body }: Readonly<{ by?: Person | undefined; body?: Body }> = {},
): Promise<Answer> {
  const headers = {
    ...(by && { cookie: by.cookie }),
    ...(body && { 'content-type': 'application/json' }),
  };
  const answer = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const [cookie] = answer.headers.getSetCookie().map((set) => set.split(';')[0]);
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), cookie };
}

/** Visits follow each other in `lanes` until `stop`. A visit with another answer than expected is a failure. */
export function startPeople(rotation: Rotation, lanes: number) {
  const trades: Trade[] = [];
  const failures: string[] = [];
  let visits = 0;
  let stopping = false;
  const lane = async () => {
    while (!stopping) {
      visits += 1;
      const deletes = visits % 2 === 0;
      try {
        const trade = await visit(rotation, deletes);
        if (!deletes) trades.push(trade);
      } catch (error) {
        failures.push(`${new Date().toISOString()} ${describe(error)}`);
      }
      await delay(200);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  return {
    trades,
    failures,
    visits: () => visits,
    async stop(): Promise<void> {
      stopping = true;
      await running;
    },
  };
}

function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

async function visit(rotation: Rotation, deletes: boolean): Promise<Trade> {
  const send = sender(rotation);
  const [seller, buyer] = [await signUp(send), await signUp(send)];
  await send('auth', 'PUT', '/api/users/profile', 200, { by: seller, body: { name: 'Ada' } });
  const word = `w${newId()}`;
  const offer = { title: `Final ${word}`, price: '12.00', quantity: 4 };
  const ticketId = idIn(await send('tickets', 'POST', '/api/tickets', 201, { by: seller, body: offer }));
  await isFoundEverywhere(rotation, word, [ticketId]);
  const { id: orderId, items } = (await send('orders', 'POST', '/api/orders', 201, {
    by: buyer,
    body: { ticketId, quantity: 2 },
    waits: true,
  })) as { id: string; items: { places: number[] }[] };
  await send('payments', 'POST', '/api/payments', 201, {
    by: buyer,
    body: { orderId, token: 'tok_visa' },
    waits: true,
  });
  const places = [{ ticketId, place: items[0]?.places[0] ?? 0 }];
  await send('payments', 'POST', `/api/payments/${orderId}/refunds`, 201, { by: seller, body: { places } });
  await send('auth', 'POST', '/api/users/signin', 200, { body: { email: buyer.email, password } });
  await send('notifications', 'GET', '/api/notifications', 200, { by: buyer });
  if (deletes) await deleteAccounts(rotation, [seller, buyer], word);
  return { seller, buyer, ticketId, orderId, word };
}

async function deleteAccounts(rotation: Rotation, people: readonly Person[], word: string): Promise<void> {
  const send = sender(rotation);
  const body = { password, acceptLossOfTickets: true };
  for (const by of people) {
    await send('auth', 'DELETE', '/api/users', 204, { by, body });
    await send('auth', 'POST', '/api/users/signin', 401, { body: { email: by.email, password } });
  }
  await isFoundEverywhere(rotation, word, []);
}

async function signUp(send: Send): Promise<Person> {
  const email = `person-${newId()}@example.com`;
  const cookie = await send(
    'auth',
    'POST',
    '/api/users/signup',
    201,
    { body: { email, password } },
    'cookie',
  );
  return { email, cookie: cookie as string };
}

/** Every process of tickets finds exactly these tickets by this word. @throws Error if one does not within 15 s */
export async function isFoundEverywhere(
  rotation: Rotation,
  word: string,
  wanted: readonly string[],
): Promise<void> {
  for (const end = Date.now() + foundWithinMs; ; await delay(100)) {
    const answers = await Promise.all(
      rotation.all('tickets').map((url) => ask(url, 'GET', `/api/tickets?q=${word}`)),
    );
    const found = answers.map(({ body }) => (body as { id: string }[]).map(({ id }) => id).join());
    if (found.every((ids) => ids === wanted.join())) return;
    if (Date.now() > end)
      throw new Error(
        `a search for ${word} finds ${found.map((ids) => `[${ids}]`).join(' and ')}, not [${wanted.join()}]`,
      );
  }
}

type Options = Readonly<{
  by?: Person;
  body?: Body;
  /** The service may learn of the subject of the request later: 503, and 404 by earlier releases, until then; 202 while it settles. */
  waits?: boolean;
}>;
type Send = ReturnType<typeof sender>;

function sender(rotation: Rotation) {
  return async (
    service: Service,
    method: Parameters<typeof ask>[1],
    path: string,
    expected: number,
    { waits = false, ...request }: Options = {},
    wanted: 'body' | 'cookie' = 'body',
  ): Promise<unknown> => {
    for (const end = Date.now() + knownWithinMs; ; await delay(50)) {
      const answer = await ask(rotation.next(service), method, path, request).catch((error: unknown) => {
        throw new Error(`${method} ${path} has no answer`, { cause: error });
      });
      // A repeat of what has taken effect gets 200.
      if (answer.status === expected || (waits && answer.status === 200)) return answer[wanted];
      if (waits && [202, 404, 503].includes(answer.status) && Date.now() < end) continue;
      throw new Error(
        `${method} ${path} was answered ${answer.status} ${JSON.stringify(answer.body)}, not ${expected}`,
      );
    }
  };
}

const idIn = (body: unknown): string => (body as { id: string }).id;
