import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { AwsError } from "../AwsError.ts"
import { summarize, type Summary } from "./tagged.ts"

const toError = ({ message, name }: Summary): Error => {
  const error = new Error(message)
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true })
  return error
}

const Summarized = Schema.Struct({ name: Schema.String, message: Schema.String }).pipe(
  Schema.decodeTo(Schema.Unknown, {
    decode: SchemaGetter.transform(toError),
    encode: SchemaGetter.transform(summarize)
  })
)

/** A `cause: unknown`: an `AwsError` crosses as such; of anything else, the name and the message cross. */
export const Cause: Schema.Codec<unknown, unknown> = /* @__PURE__ */ Schema.suspend(() =>
  Schema.Union([AwsError, Summarized])
)
