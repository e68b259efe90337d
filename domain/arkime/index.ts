/**
 * The events and metrics of Arkime's AWS tooling.
 *
 * @since 0.1.0
 */
export * from "./Events.ts"
export * from "./Metrics.ts"
