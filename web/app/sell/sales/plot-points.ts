// The step line of the places sold over time, in a box of 100 × 100 with the origin at the top left.

export type Sold = Readonly<{ at: number; places: number }>;

/** `path` draws the line from the first sale until `now`; `top` is the number at the top of the box. */
export type Plot = Readonly<{ path: string; area: string; top: number; from: number; to: number }>;

/** The plot of sales in any sequence; undefined if no place is sold. */
export function plotOf(sales: readonly Sold[], now: number): Plot | undefined {
  const sold = sales.filter(({ places }) => places > 0).toSorted((a, b) => a.at - b.at);
  const [first] = sold;
  if (!first) return undefined;
  const from = first.at;
  // A clock that is behind, or a first sale at this moment, leaves a line of some width.
  const to = Math.max(now, (sold.at(-1)?.at ?? from) + 1);
  const top = roundUp(sold.reduce((sum, { places }) => sum + places, 0));
  const x = (at: number) => rounded(((at - from) / (to - from)) * 100);
  const y = (sum: number) => rounded(100 - (sum / top) * 100);
  let sum = 0;
  const steps = sold.map(({ at, places }) => {
    sum += places;
    return `H${x(at)}V${y(sum)}`;
  });
  const path = `M0 100${steps.join('')}H100`;
  return { path, area: `${path}V100H0Z`, top, from, to };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** The next even number with one digit that is not zero, such as 2, 4, 20 or 600, so that half of it is whole too. */
export function roundUp(count: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(count, 1)));
  const digits = Math.ceil(count / unit);
  if (unit > 1) return digits * unit;
  return Math.max(2, digits + (digits % 2));
}
