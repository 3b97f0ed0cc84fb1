import { newId } from '@ticketing/common/id';
import { orThrow } from '@ticketing/common/decision';
import { replicateSeller, type Seller } from './seller.js';

const id = newId();
const named = (version: number, name?: string): Seller => ({ id, version, name });
const deleted = (version: number): Seller => ({ id, version, deleted: true });

test.each<[what: string, copy: Seller | undefined, received: Seller, result: Seller]>([
  ['the first event is stored', undefined, named(3, 'Ann'), named(3, 'Ann')],
  ['a newer name replaces the old one', named(3, 'Ann'), named(4, 'Anna'), named(4, 'Anna')],
  ['a newer event without a name removes it', named(3, 'Ann'), named(4), named(4)],
  ['an older event changes nothing', named(4, 'Anna'), named(3, 'Ann'), named(4, 'Anna')],
  ['a late event does not bring a removed name back', named(4), named(3, 'Ann'), named(4)],
  ['a deletion removes the name', named(3, 'Ann'), deleted(4), deleted(4)],
  ['a deletion by a restored auth is final too', named(5, 'Ann'), deleted(2), deleted(5)],
  ['nothing follows a deletion', deleted(4), named(1_000_004, 'Ann'), deleted(4)],
  ['a repeat repairs a bad copy', named(4, 'A?na'), named(4, 'Anna'), named(4, 'Anna')],
])('%s', (_what, copy, received, result) => {
  expect(orThrow(replicateSeller(copy, received))).toEqual(result);
});
