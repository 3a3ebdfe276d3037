import { expect, test } from "vitest";
import { exposition } from "../src/exposition.ts";

test("the parts of a histogram stand under one name, everything else stays as it is", () => {
  const text = `# HELP a_total Some.
# TYPE a_total counter
a_total 1

# HELP t_seconds_bucket Time.
# TYPE t_seconds_bucket counter
t_seconds_bucket{le="1"} 2
t_seconds_bucket{le="+Inf"} 3

# HELP t_seconds_sum Time.
# TYPE t_seconds_sum counter
t_seconds_sum 4.5

# HELP t_seconds_count Time.
# TYPE t_seconds_count counter
t_seconds_count 3

# HELP gc_count No histogram.
# TYPE gc_count gauge
gc_count Nan
`;
  expect(exposition(text)).toBe(`# HELP a_total Some.
# TYPE a_total counter
a_total 1

# HELP t_seconds Time.
# TYPE t_seconds histogram
t_seconds_bucket{le="1"} 2
t_seconds_bucket{le="+Inf"} 3
t_seconds_sum 4.5
t_seconds_count 3
# HELP gc_count No histogram.
# TYPE gc_count gauge
gc_count NaN
`);
});

test("gauges that are named like counters are left out", () => {
  const text =
    "# HELP nodejs_active_handles_total N.\n# TYPE nodejs_active_handles_total gauge\nnodejs_active_handles_total 4\n";
  expect(exposition(text)).toBe("");
});
