// Things in the order in which they were made, found by id, listed newest first.

export type Page<T> = Readonly<{ data: readonly T[]; hasMore: boolean }>;

export class Shelf<T extends Readonly<{ id: string }>> {
  readonly #items: T[] = [];
  readonly #places = new Map<string, number>();

  get(id: string): T | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#items[place];
  }

  set(item: T): void {
    const place = this.#places.get(item.id);
    if (place !== undefined) {
      this.#items[place] = item;
      return;
    }
    this.#places.set(item.id, this.#items.length);
    this.#items.push(item);
  }

  /** Undefined when the page is to start after a thing that is not here. */
  newestFirst(limit: number, startingAfter?: string): Page<T> | undefined {
    const before = startingAfter === undefined ? this.#items.length : this.#places.get(startingAfter);
    if (before === undefined) return undefined;
    const from = Math.max(0, before - limit);
    return { data: this.#items.slice(from, before).reverse(), hasMore: from > 0 };
  }

  values(): readonly T[] {
    return this.#items;
  }
}
