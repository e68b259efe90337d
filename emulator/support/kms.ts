// References to keys of KMS. There is no KMS here, so a key exists if its reference is well formed.
import * as Effect from "effect/Effect"
import type { CallContext, Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "./arn.ts"

const isId = (id: string): boolean => /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/i.test(id)

const isAlias = (name: string): boolean => /^alias\/[\w/-]{1,250}$/.test(name)

/** Whether this is the id or the ARN of a key, or the name or the ARN of an alias. */
export const isKmsKey = (reference: string): boolean => {
  if (isId(reference) || isAlias(reference)) return true
  const { account = "", region = "", resource = "", service } = parseArn(reference) ?? {}
  return service === "kms" && region !== "" && /^\d{12}$/.test(account) &&
    (isAlias(resource) || (resource.startsWith("key/") && isId(resource.slice(4))))
}

/** The ARN of the key that a reference means. Fails with `invalid` for any other text. `service` is whose name the user reads. */
export const kmsKeyArn = Effect.fnUntraced(function*(
  reference: string,
  { invalid, service }: { readonly invalid: Fault; readonly service: string },
  context: CallContext
): Effect.fn.Return<string, Fault> {
  if (!isKmsKey(reference)) return yield* invalid
  if (/(^|:)alias\//.test(reference)) {
    return yield* unsupported(`The in-memory ${service} doesn't know the aliases of KMS keys. Give a key's id or ARN.`)
  }
  return reference.startsWith("arn:") ? reference : context.arn("kms", `key/${reference}`)
})
