/** The policies that limit a session. */
import type * as sdk from "@aws-sdk/client-sts"
import * as Effect from "effect/Effect"
import { deflateRawSync } from "node:zlib"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { checkArn, policyExists } from "../iam/policies.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { parseDocument, PolicyError } from "../support/policyDocuments.ts"
import { malformedPolicy, packedPolicyTooLarge, validation } from "./faults.ts"

interface Limits {
  readonly Policy?: string | undefined
  readonly PolicyArns?: ReadonlyArray<sdk.PolicyDescriptorType> | undefined
}

/** What a session remembers of its policies. */
export const limitsOf = ({ Policy, PolicyArns = [] }: Limits) => ({
  ...(Policy !== undefined && { policy: Policy }),
  ...(PolicyArns.length > 0 && { policyArns: PolicyArns.map(({ arn = "" }) => arn) })
})

/**
 * Checks the policies of a session, and returns how much of the room for policies and tags they take, in percent. AWS packs them in a
 * way that it doesn't document, so the number is an estimate, and only policies of more than 2,048 characters are too large.
 */
export const checkLimits = Effect.fnUntraced(function*(
  { Policy, PolicyArns = [] }: Limits,
  tags: ReadonlyArray<sdk.Tag>,
  account: string,
  context: HandlerContext
): Effect.fn.Return<{ readonly PackedPolicySize?: number }, Fault> {
  if (Policy !== undefined && !isJsonObject(parseJson(Policy))) {
    return yield* malformedPolicy("This policy contains invalid Json")
  }
  const arns = PolicyArns.map(({ arn = "" }) => arn)
  if (arns.length > 10) {
    return yield* validation(
      "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10"
    )
  }
  const state = context.stateOf(iam, { account })
  for (const given of arns) {
    const arn = yield* checkArn(given, context.partition, validation)
    if (!(yield* policyExists(state, arn))) {
      return yield* validation(`Policy ${arn} does not exist or is not attachable.`)
    }
  }
  const plain = (Policy ?? "") + arns.join("")
  if (plain.length > 2048) {
    const percent = Math.ceil(plain.length / 20.48)
    return yield* packedPolicyTooLarge(
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`
    )
  }
  if (Policy !== undefined) {
    yield* Effect.try({
      try: () => parseDocument(Policy),
      catch: (error) => malformedPolicy(error instanceof PolicyError ? error.message : "Syntax errors in policy.")
    })
  }
  const all = plain + tags.map(({ Key, Value }) => `${Key}=${Value}`).join("")
  return all === "" ? {} : { PackedPolicySize: Math.min(100, Math.ceil(deflateRawSync(all).length / 10.24)) }
})
