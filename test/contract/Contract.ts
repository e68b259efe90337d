import type { AwsClients } from "effect-aws-sdk"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** What an expectation rests on. `docs/commands.md` shows it for each command. */
export type Source =
  /** A recorded answer of AWS: the file and the test that recorded it. */
  | { readonly kind: "recorded"; readonly by: string }
  /** A page of AWS's documentation. */
  | { readonly kind: "documented"; readonly by: string }
  /** Neither: `by` says why we believe it. */
  | { readonly kind: "believed"; readonly by: string }

type Run = Effect.Effect<unknown, unknown, AwsClients | Scope.Scope>

export interface Case {
  readonly source: Source
  readonly run: Run
}

/**
 * What a service does, as test cases by title. The cases need `AwsClients` only, so the same code runs on the in-memory
 * AWS and on a real server.
 */
export interface Contract {
  readonly service: string
  readonly cases: Readonly<Record<string, Case>>
}

export const contract = (service: string, cases: Contract["cases"]): Contract => ({ service, cases })

/**
 * A case that rests on a recorded answer of AWS: `recorded("test_ssm TestSSM::test_put_parameters", …)`. The name is that of a test
 * in LocalStack's or moto's repository that ran on AWS.
 */
export const recorded = (by: string, run: Run): Case => ({ source: { kind: "recorded", by }, run })

/**
 * A case that rests on AWS's documentation. The page is a URL, or the end of one in the API reference of the service:
 * `documented("API_PutParameter", …)`.
 */
export const documented = (by: string, run: Run): Case => ({ source: { kind: "documented", by }, run })

/** A case that rests on neither. `why` is what makes us believe it: an answer seen in a bug report, a sibling command … */
export const believed = (why: string, run: Run): Case => ({ source: { kind: "believed", by: why }, run })
