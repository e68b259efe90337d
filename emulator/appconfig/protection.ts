/** Deletion protection, which no account has here. */
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"
import * as AppConfig from "./state.ts"

/** Checks how a deletion treats the protection of its account. */
export const checkProtection = (given: string | undefined) => {
  if (given !== undefined && !["ACCOUNT_DEFAULT", "APPLY", "BYPASS"].includes(given)) {
    return Effect.fail(AppConfig.badRequest(`${given} is no deletion protection check.`))
  }
  return given === "APPLY"
    ? unsupported("The in-memory AppConfig has no deletion protection. Leave DeletionProtectionCheck out.")
    : Effect.void
}
