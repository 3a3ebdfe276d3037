/** What is known of a row of values without the values. */
export interface MomentSums {
  readonly count: number;
  readonly total: number;
  readonly max: number;
  readonly mean: number;
  /** Sum of squared differences from the mean. */
  readonly m2: number;
}

/**
 * Count, sum, largest, mean and spread of a row of values, without the values: mean and sum of squared
 * differences are merged by Chan's formula, so they stay exact however the row was cut into pieces.
 */
export class Moments implements MomentSums {
  count = 0;
  total = 0;
  max = 0;
  mean = 0;
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

  /** Adds another row. */
  merge(other: MomentSums): void {
    if (other.count === 0) return;
    const difference = other.mean - this.mean;
    const countAfter = this.count + other.count;
    this.mean += (difference * other.count) / countAfter;
    this.m2 += other.m2 + (difference * difference * this.count * other.count) / countAfter;
    this.count = countAfter;
    this.total += other.total;
    this.max = Math.max(this.max, other.max);
  }

  /** The sums as a plain object. */
  get sums(): MomentSums {
    const { count, total, max, mean, m2 } = this;
    return { count, total, max, mean, m2 };
  }

  /** Standard deviation of the whole row, 0 while it is empty. */
  get standardDeviation(): number {
    return standardDeviationOf(this);
  }
}

/** Standard deviation of a row of values, 0 of an empty one. */
export function standardDeviationOf({ count, m2 }: Pick<MomentSums, "count" | "m2">): number {
  return count === 0 ? 0 : Math.sqrt(m2 / count);
}
