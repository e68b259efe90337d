/** MFA: whether a caller has a device, and whether its code is right. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { isRoot } from "../support/callers.ts"
import { useCodes } from "../support/totp.ts"
import { accessDenied } from "./faults.ts"

interface Proof {
  readonly SerialNumber?: string | undefined
  readonly TokenCode?: string | undefined
}

/** By how many codes the clock of a device may be off. */
const TOLERANCE = 1

/**
 * The time at which the caller proved to have an MFA device; `undefined` if the call has no code. If the account has no MFA devices at
 * all, any code is right, each time, as any role can be assumed in an account without roles.
 */
export const checkMfa = Effect.fnUntraced(function*(
  { SerialNumber, TokenCode }: Proof,
  context: HandlerContext
): Effect.fn.Return<number | undefined, Fault> {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined
  if (SerialNumber === undefined || TokenCode === undefined) {
    return yield* accessDenied(
      "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    )
  }
  const { principal } = context
  const now = yield* Clock.currentTimeMillis
  const { mfaDevices } = context.stateOf(iam)
  if (mfaDevices.size === 0) return now
  const device = mfaDevices.get(SerialNumber)
  if (device?.enabled === undefined || !(isRoot(principal) || device.enabled.user.id === principal.userId)) {
    return yield* accessDenied(
      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
    )
  }
  if (!useCodes(device, now, [TokenCode], TOLERANCE)) {
    return yield* accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
  }
  return now
})
