interface SkippedGroup {
  readonly group: string;
  readonly reason: string;
  readonly count: number;
}

interface PackageReport {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedGroup[];
  readonly problem?: string;
}

export function findTestPackages(root: string): string[];
export function readReports(packages: readonly string[], root: string): Promise<PackageReport[]>;
export function formatSummary(
  reports: readonly PackageReport[],
  failedSteps: readonly string[],
): { readonly text: string; readonly ok: boolean };
