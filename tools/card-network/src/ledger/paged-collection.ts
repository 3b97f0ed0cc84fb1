export type Page<T> = Readonly<{ data: readonly T[]; hasMore: boolean }>;

export type Pageable<T> = Readonly<{
  newestFirst: (limit: number, startingAfter?: string) => Page<T> | undefined;
}>;

/** Items in insertion order, found by id and paged newest first. */
export class PagedCollection<T extends Readonly<{ id: string }>> {
  readonly #items: T[] = [];
  readonly #indexes = new Map<string, number>();

  get(id: string): T | undefined {
    const index = this.#indexes.get(id);
    return index === undefined ? undefined : this.#items[index];
  }

  /** Adds the item, or replaces the one with the same id in its position. */
  set(item: T): void {
    const index = this.#indexes.get(item.id);
    if (index !== undefined) {
      this.#items[index] = item;
      return;
    }
    this.#indexes.set(item.id, this.#items.length);
    this.#items.push(item);
  }

  /** Returns undefined when `startingAfter` is not the id of an item. */
  newestFirst(limit: number, startingAfter?: string): Page<T> | undefined {
    const end = startingAfter === undefined ? this.#items.length : this.#indexes.get(startingAfter);
    if (end === undefined) return undefined;
    const start = Math.max(0, end - limit);
    return { data: this.#items.slice(start, end).reverse(), hasMore: start > 0 };
  }

  values(): readonly T[] {
    return this.#items;
  }
}

/** Items of all PaymentIntents, also paged for one of them. */
export class CollectionByIntent<
  T extends Readonly<{ id: string; intentId: string }>,
> extends PagedCollection<T> {
  readonly #ofIntent = new Map<string, PagedCollection<T>>();

  override set(item: T): void {
    super.set(item);
    let siblings = this.#ofIntent.get(item.intentId);
    if (siblings === undefined) this.#ofIntent.set(item.intentId, (siblings = new PagedCollection()));
    siblings.set(item);
  }

  ofIntent(intentId: string): Pick<PagedCollection<T>, 'newestFirst' | 'values'> {
    return this.#ofIntent.get(intentId) ?? new PagedCollection<T>();
  }
}
