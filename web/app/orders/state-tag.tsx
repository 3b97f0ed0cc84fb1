import { useTexts } from '../shared/language.js';
import type { OrderState } from './order-state.js';
import { ordersTexts } from './texts.js';

const looks: Readonly<Record<OrderState, string>> = {
  open: 'tag',
  processing: 'tag',
  'needs-approval': 'tag',
  overdue: 'tag tag-quiet',
  paid: 'tag tag-good',
  refunding: 'tag',
  'partly-refunded': 'tag tag-good',
  refunded: 'tag tag-quiet',
  expired: 'tag tag-quiet',
  cancelled: 'tag tag-quiet',
};

export function StateTag({ state }: Readonly<{ state: OrderState }>) {
  return <span className={looks[state]}>{useTexts(ordersTexts).states[state]}</span>;
}
