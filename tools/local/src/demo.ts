// npm start -- --demo: fills in people, tickets and sales through the public API. What exists already stays as it is, so a
// second start adds nothing.

import { createClient, payOrder, placeOrderFor, type Client, type DataOf } from '@ticketing/client';
import {
  demoPassword,
  demoPeople,
  demoSales,
  demoTickets,
  type DemoPerson,
  type DemoSale,
  type DemoTicket,
} from './demo-data.js';
import { startIn } from './venue-time.js';

type Ticket = DataOf<'showTicket'>;
type Account = Readonly<{ api: Client; userId: string }>;

/**
 * Fills the demo in, and returns lines for the terminal.
 * @param pays whether sold tickets are paid, with the test cards of the local card network
 * @throws Error with the code of a refusal
 */
export async function fillDemo(url: string, { pays, now }: { pays: boolean; now: Date }): Promise<string> {
  const { sellers, buyers } = demoPeople;
  const accounts = new Map<DemoPerson, Account>();
  for (const person of [...sellers, ...buyers]) accounts.set(person, await enter(url, person));
  const accountOf = (person: DemoPerson) => found(accounts.get(person), person.name);

  const tickets = new Map<string, Ticket>();
  let added = 0;
  for (const seller of sellers) {
    const present = await ticketsOf(accountOf(seller));
    for (const offer of demoTickets.filter((ticket) => ticket.seller === seller)) {
      const listed = present.find(({ title }) => title === offer.title);
      if (!listed) added += 1;
      tickets.set(offer.title, listed ?? (await list(accountOf(seller).api, offer, now)));
    }
  }
  for (const sale of demoSales)
    await sell(accountOf(sale.buyer).api, sale, found(tickets.get(sale.title), sale.title), pays);
  return summaryOf(added);
}

/** Signs the person up, or in when the account exists. */
async function enter(url: string, { email, ...profile }: DemoPerson): Promise<Account> {
  const api = createClient({ url });
  const credentials = { email, password: demoPassword };
  const signedUp = await api.signUp(credentials);
  if (signedUp.ok) {
    orThrow(await api.changeProfile(profile));
    return { api, userId: signedUp.data.id };
  }
  return { api, userId: orThrow(await api.signIn(credentials)).id };
}

async function ticketsOf({ api, userId }: Account): Promise<readonly Ticket[]> {
  return orThrow(await api.listTickets({ seller: userId, limit: 100 }));
}

async function list(api: Client, { title, price, quantity, event }: DemoTicket, now: Date): Promise<Ticket> {
  const { name, venue, timeZone, inDays, at } = event;
  const startsAt = startIn(timeZone, inDays, at, now).toISOString();
  const offer = { title, price, event: { name, venue, timeZone, startsAt } };
  return orThrow(await api.createTicket({ ...offer, ...(quantity !== undefined && { quantity }) }));
}

async function sell(api: Client, sale: DemoSale, ticket: Ticket, pays: boolean): Promise<void> {
  const isOfTicket = (order: DataOf<'showOrder'>) => order.items.some((item) => item.ticket.id === ticket.id);
  for (const status of ['complete', 'cancelled', 'refunded'] as const)
    if (orThrow(await api.listOrders({ status, limit: 100 })).some(isOfTicket)) return;
  const open = orThrow(await api.listOrders({ status: 'created', limit: 100 })).find(isOfTicket);
  const order = open ?? orThrow(await placeOrderFor(api, [{ ticket, quantity: sale.quantity }]));
  if (sale.isPaid && pays) orThrow(await payOrder(api, { orderId: order.id, token: 'tok_visa' }));
}

function summaryOf(added: number): string {
  const { sellers, buyers } = demoPeople;
  const addresses = (people: readonly DemoPerson[]) => people.map(({ email }) => email).join(', ');
  return `  demo         ${added > 0 ? `${added} tickets were added` : 'is there already; nothing was added'}
  buyers       ${addresses(buyers)}
  sellers      ${addresses(sellers)}
  password     ${demoPassword} (everybody's)
`;
}

type Outcome<T> = Readonly<
  { ok: true; data: T } | { ok: false; error: Readonly<{ code: string; message?: string }> }
>;

function orThrow<T>(result: Outcome<T>): T {
  if (result.ok) return result.data;
  throw new Error(`The demo was refused: ${result.error.code}. ${result.error.message ?? ''}`);
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`The demo has no "${name}".`);
  return value;
}
