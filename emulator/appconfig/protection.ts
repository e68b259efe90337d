/** Deletion protection, which no account has here. */
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"

export const DeletionProtectionCheck = { enum: ["ACCOUNT_DEFAULT", "APPLY", "BYPASS"] } as const

/** Checks how a deletion treats the protection of its account. */
export const checkProtection = (given: string | undefined): Effect.Effect<void> =>
  given === "APPLY"
    ? unsupported("The in-memory AppConfig has no deletion protection. Leave DeletionProtectionCheck out.")
    : Effect.void
