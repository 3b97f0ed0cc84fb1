type Line = Readonly<{
  /** of one place, a decimal of the API, such as "19.90" */
  price: string;
  quantity: number;
}>;

/** The exact sum of the lines, as a decimal. */
export function totalOf(lines: readonly Line[]): string {
  // Prices have at most three decimals. Sums of thousandths are whole numbers.
  const thousandths = lines.reduce(
    (sum, { price, quantity }) => sum + Math.round(Number(price) * 1_000) * quantity,
    0,
  );
  return (thousandths / 1_000).toFixed(3);
}
