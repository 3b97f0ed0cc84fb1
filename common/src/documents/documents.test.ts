import { toState, type Stored } from './collection.js';
import { difference } from './writes.js';

type Thing = Readonly<{
  id: string;
  version: number;
  title: string;
  holder?: string | undefined;
  tags?: readonly string[];
  nested?: object;
  at?: Date;
}>;
const before: Thing = {
  id: '1',
  version: 3,
  title: 'Final',
  holder: 'ann',
  tags: ['a'],
  nested: { deep: 1 },
  at: new Date(7),
};

describe('the update from one state to the next', () => {
  test('writes only the fields that differ', () => {
    expect(difference(before, { ...before, version: 4, title: 'Cup final' })).toEqual({
      $set: { version: 4, title: 'Cup final' },
    });
  });

  test('is empty when nothing differs, including nested values', () => {
    const same = { ...before, tags: ['a'], nested: { deep: 1 }, at: new Date(7) };
    expect(difference(before, same)).toEqual({});
  });

  test('writes a whole field when a nested value differs', () => {
    expect(difference(before, { ...before, tags: ['a', 'b'], nested: { deep: 2 }, at: new Date(8) })).toEqual(
      {
        $set: { tags: ['a', 'b'], nested: { deep: 2 }, at: new Date(8) },
      },
    );
  });

  test('removes a field that is missing or undefined', () => {
    const { holder: _holder, ...without } = before;
    expect(difference(before, without)).toEqual({ $unset: { holder: '' } });
    expect(difference(before, { ...before, holder: undefined })).toEqual({ $unset: { holder: '' } });
  });

  test('adds a new field', () => {
    const { holder: _holder, ...without } = before;
    expect(difference(without, before)).toEqual({ $set: { holder: 'ann' } });
  });

  test('never touches the id', () => {
    expect(difference(before, { ...before, id: '2' })).toEqual({});
  });
});

test('a state has no bookkeeping fields, also none of an earlier release', () => {
  const { id, ...rest } = before;
  const bookkeeping = { outbox: [], history: [], changedAt: new Date(), madeBy: 'r', mark: 'm' };
  const stored: Stored<Thing> = { _id: id, ...rest, ...bookkeeping };
  expect(toState<Thing>(stored)).toEqual(before);
});
