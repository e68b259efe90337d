/**
 * AWS Lambda functions as Effects.
 *
 * @since 0.1.0
 */
export type { Context, EventHandler } from "./internal/invocation.ts"
