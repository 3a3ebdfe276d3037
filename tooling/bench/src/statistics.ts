/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("no values have no median");
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2;
}

/**
 * Round by round, one measurement over its reference: what slows the machine for a while slows both.
 *
 * @throws RangeError when the rows differ in length or a reference is not above 0.
 */
export function ratiosOf(values: readonly number[], references: readonly number[]): number[] {
  if (values.length !== references.length) throw new RangeError("each value needs its reference");
  return values.map((value, round) => {
    const reference = references[round]!;
    if (!(reference > 0)) throw new RangeError(`the reference of round ${round + 1} is ${reference}`);
    return value / reference;
  });
}

/** Turns rows of one round each into columns by name. */
export function columns<Name extends string>(
  rounds: readonly Readonly<Record<Name, number>>[],
): Record<Name, number[]> {
  const result: Partial<Record<Name, number[]>> = {};
  for (const round of rounds) {
    for (const name of Object.keys(round) as Name[]) (result[name] ??= []).push(round[name]);
  }
  return result as Record<Name, number[]>;
}

/** `names`, begun at another one in each round, so that none always runs first. */
export function orderOfRound<Name>(names: readonly Name[], round: number): Name[] {
  const start = round % names.length;
  return [...names.slice(start), ...names.slice(0, start)];
}
