/**
 * Count, sum, largest, mean and spread of a row of values, without the values: mean and sum of squared
 * differences are merged by Chan's formula, so they stay exact however the row was cut into pieces.
 */
export class Moments {
  count = 0;
  total = 0;
  max = 0;
  mean = 0;
  /** Sum of squared differences from the mean. */
  m2 = 0;

  /** Adds `count` times `value`. */
  add(count: number, value: number): void {
    const difference = value - this.mean;
    const countAfter = this.count + count;
    this.mean += (difference * count) / countAfter;
    this.m2 += (difference * difference * this.count * count) / countAfter;
    this.count = countAfter;
    this.total += value * count;
    if (value > this.max) this.max = value;
  }

  /** Standard deviation of the whole row, 0 while it is empty. */
  get standardDeviation(): number {
    return this.count === 0 ? 0 : Math.sqrt(this.m2 / this.count);
  }
}
