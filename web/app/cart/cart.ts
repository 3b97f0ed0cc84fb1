// The cart of this browser: tickets of one seller and one currency, at the prices that the buyer has seen.

import { useSyncExternalStore } from 'react';

export type CartItem = Readonly<{
  ticketId: string;
  quantity: number;
  version: number;
  sellerId: string;
  currency: string;
}>;

/** as the API: the most places of one order */
export const maxPlaces = 20;

const stored = 'cart';
const listeners = new Set<() => void>();
let items: readonly CartItem[] = read();

function read(): readonly CartItem[] {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(stored) ?? '[]');
    return Array.isArray(saved) ? (saved as CartItem[]) : [];
  } catch {
    return [];
  }
}

export function setCart(next: readonly CartItem[]): void {
  items = next.filter(({ quantity }) => quantity > 0);
  localStorage.setItem(stored, JSON.stringify(items));
  for (const tell of listeners) tell();
}

// Another tab of the shop has changed it.
window.addEventListener('storage', ({ key }) => {
  if (key !== stored) return;
  items = read();
  for (const tell of listeners) tell();
});

/** Changes an item. A quantity of 0 removes it. */
export function changeItem(
  ticketId: string,
  change: Partial<Pick<CartItem, 'quantity' | 'version'>>,
): readonly CartItem[] {
  setCart(items.map((item) => (item.ticketId === ticketId ? { ...item, ...change } : item)));
  return items;
}

export type CartRefusal = 'other-seller' | 'other-currency' | 'too-many-places';

/** Adds places of a ticket, or says why one order cannot hold them together. */
export function addToCart(item: CartItem): CartRefusal | undefined {
  const others = items.filter(({ ticketId }) => ticketId !== item.ticketId);
  if (others.some(({ sellerId }) => sellerId !== item.sellerId)) return 'other-seller';
  if (others.some(({ currency }) => currency !== item.currency)) return 'other-currency';
  const before = items.find(({ ticketId }) => ticketId === item.ticketId)?.quantity ?? 0;
  const next = [...others, { ...item, quantity: before + item.quantity }];
  if (placesIn(next) > maxPlaces) return 'too-many-places';
  setCart(next);
  return undefined;
}

const placesIn = (list: readonly CartItem[]): number => list.reduce((sum, { quantity }) => sum + quantity, 0);

export function useCart() {
  const current = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => items,
  );
  return { items: current, count: placesIn(current) };
}
