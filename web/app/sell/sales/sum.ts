// The sums of a ticket's sales.

export type Sale = Readonly<{
  orderId: string;
  status: 'complete' | 'refunded';
  soldAt: string;
  items: readonly Readonly<{
    ticket: Readonly<{ id: string; title: string; price: string; currency: string }>;
    quantity: number;
    places: readonly number[];
  }>[];
  total: string;
  currency: string;
}>;

/** A sale as far as it is one of this ticket: its places, without those that were refunded, and their price. */
export function saleOf({ items, status, currency }: Sale, ticketId: string) {
  const own = items.find(({ ticket }) => ticket.id === ticketId);
  const places = status === 'refunded' ? 0 : (own?.quantity ?? 0);
  return { places, currency, price: times(own?.ticket.price ?? '0', places) };
}

export type Sum = Readonly<{
  places: number;
  prices: readonly Readonly<{ price: string; currency: string }>[];
}>;

/** The places sold and their price in each currency: a seller may have changed the currency. */
export function sumOf(sales: readonly Sale[], ticketId: string): Sum {
  const prices = new Map<string, string>();
  let places = 0;
  for (const sale of sales) {
    const { places: more, price, currency } = saleOf(sale, ticketId);
    places += more;
    if (more > 0) prices.set(currency, plus(prices.get(currency) ?? '0', price));
  }
  return { places, prices: [...prices].map(([currency, price]) => ({ price, currency })) };
}

type Payment = Readonly<{
  amount: string;
  refunded: string;
  refunds: readonly Readonly<{ amount: string; status: 'pending' | 'succeeded' | 'failed' }>[];
}>;

/** The amount of a payment that can still be refunded: without succeeded and pending refunds and lost disputes. */
export function leftOf({ amount, refunded, refunds }: Payment): string {
  const pending = refunds.filter(({ status }) => status === 'pending');
  const left = pending.reduce((sum, refund) => sum - minorUnits(refund.amount), minorUnits(amount));
  return decimal(Math.max(0, left - minorUnits(refunded)), decimalsOf(amount));
}

// Decimals of one currency have equally many digits after the point, so they are counted as integers.
const decimalsOf = (price: string): number => price.split('.')[1]?.length ?? 0;
const minorUnits = (price: string): number => Number(price.replace('.', ''));
const decimal = (units: number, decimals: number): string => (units / 10 ** decimals).toFixed(decimals);

const times = (price: string, count: number): string => decimal(minorUnits(price) * count, decimalsOf(price));

/** The sum of two decimals; one of them may have no decimals. */
function plus(a: string, b: string): string {
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  const inUnits = (price: string) => minorUnits(price) * 10 ** (decimals - decimalsOf(price));
  return decimal(inUnits(a) + inUnits(b), decimals);
}
