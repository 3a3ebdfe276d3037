// For programs that run a pixel endpoint.
export { HttpSource, httpSource } from "./http-source.ts";
export type { HttpSourceAddresses, PortOptions } from "./ports.ts";
export { claimHttpPorts } from "./claim-ports.ts";
export { httpLimitsOptions, httpSourceOptions, isExtended } from "./options.ts";
export type { HttpSourceOptions, ResolvedHttpLimits, ResolvedHttpSourceOptions } from "./options.ts";
export { httpSourceErrors } from "./errors.ts";

// For those who watch it.
export type { HttpStatistics } from "./http-statistics.ts";
export { mergeRequestSums, requestStatistics } from "./request-sums.ts";
export type { RequestStatistics, RequestSums } from "./request-sums.ts";
export type { MomentSums } from "./moments.ts";
export { healthText, type HealthCheck } from "./health.ts";
export { refusalStatus, type RefusalReason } from "./refusals.ts";
