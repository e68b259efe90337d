/**
 * The events, metrics and objects of Arkime's AWS tooling.
 *
 * @since 0.1.0
 */
export * from "./Events.ts"
export * from "./Metrics.ts"
export * from "./Objects.ts"
