import type { AwsClients } from "effect-aws-sdk"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/**
 * What a service does, as test cases by title. The cases need `AwsClients` only, so the same code runs on the in-memory
 * AWS and on a real server.
 */
export interface Contract {
  readonly service: string
  readonly cases: Readonly<Record<string, Effect.Effect<unknown, unknown, AwsClients | Scope.Scope>>>
}

export const contract = (service: string, cases: Contract["cases"]): Contract => ({ service, cases })
