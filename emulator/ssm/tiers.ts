/** The tiers of parameters, and what each allows. */
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import * as Parameters from "./parameters.ts"
import { defaultTier } from "./settings.ts"
import * as Ssm from "./state.ts"

/** How many parameters of a tier a region of an account may have, and how many bytes their values may have. */
const limits = {
  Standard: { parameters: 10_000, bytes: 4_096 },
  Advanced: { parameters: 100_000, bytes: 8_192 }
} as const

const tooLarge = {
  Standard: Ssm.validation(
    "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, " +
      "upgrade the parameter to use the advanced-parameter tier. For more information, see " +
      "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
  ),
  Advanced: Ssm.validation("Advanced tier parameters support a maximum parameter value of 8192 characters.")
} as const

const tooMany = (tier: Ssm.Version["tier"]) =>
  new Fault({
    code: "ParameterLimitExceeded",
    message:
      `You have reached the maximum number of ${tier.toLowerCase()} parameters for this AWS account and Region ` +
      `(${limits[tier].parameters}). To add more parameters, ${
        tier === "Standard"
          ? "either delete existing parameters or upgrade to the advanced-parameter tier (charges apply)."
          : "delete existing parameters."
      }`
  })

/** The tier of a new version. A parameter can't go back to the Standard tier. */
export const tierOf = Effect.fnUntraced(function*(
  state: Ssm.State,
  wanted: string | undefined,
  value: string,
  policies: ReadonlyArray<Ssm.Policy>,
  before: Ssm.Version | undefined
): Effect.fn.Return<Ssm.Version["tier"], Fault> {
  if (wanted === "Standard" && before?.tier === "Advanced") {
    return yield* Ssm.validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier " +
        "to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter."
    )
  }
  const bytes = Buffer.byteLength(value)
  const all = before === undefined ? yield* Parameters.all(state) : []
  const isFull = (tier: Ssm.Version["tier"]) =>
    all.filter((parameter) => Parameters.newest(parameter).tier === tier).length >= limits[tier].parameters
  const asked = before?.tier === "Advanced" ? "Advanced" : wanted ?? before?.tier ?? defaultTier(state)
  const needsAdvanced = bytes > limits.Standard.bytes || policies.length > 0 || isFull("Standard")
  const tier = asked === "Advanced" || (asked === "Intelligent-Tiering" && needsAdvanced) ? "Advanced" : "Standard"
  if (tier === "Standard" && policies.length > 0) {
    return yield* Ssm.validation("Parameter policies are supported only for parameters in the advanced-parameter tier.")
  }
  if (bytes > limits[tier].bytes) return yield* tooLarge[tier]
  return isFull(tier) ? yield* tooMany(tier) : tier
})
