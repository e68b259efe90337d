import type { Parameter as SdkParameter } from "@aws-sdk/client-ssm"
import * as Redacted from "effect/Redacted"
import type { Need } from "../../../src/internal/members.ts"
import * as Results from "../../../src/internal/results.ts"

/** The fields of `Ssm.Parameter`. */
interface Fields {
  readonly name: string
  readonly type: "String" | "StringList" | "SecureString"
  readonly value: string | Redacted.Redacted<string>
  readonly version: number
  readonly arn?: string
  readonly lastModified?: Date
}

export const parameters = Results.model<Fields>("effect-aws-sdk/Ssm/Parameter", {
  name: Results.isText,
  type: Results.isOneOf("String", "StringList", "SecureString"),
  value: (value) => typeof (Redacted.isRedacted(value) ? Redacted.value(value) : value) === "string",
  version: Results.isWhole,
  arn: Results.isAbsentOr(Results.isText),
  lastModified: Results.isAbsentOr(Results.isDate)
})

/** A parameter of an answer. A `SecureString` is `Redacted` if it is decrypted. */
export const fromSdk = (parameter: SdkParameter, decrypted: boolean, need: Need): Fields => {
  const { ARN, LastModifiedDate, Name, Type, Value, Version } = parameter
  const name = need(Name, "Name")
  const value = need(Value, "Value")
  return parameters.make({
    name,
    type: need(Type, "Type"),
    value: Type === "SecureString" && decrypted ? Redacted.make(value, { label: name }) : value,
    version: need(Version, "Version"),
    ...(ARN !== undefined && { arn: ARN }),
    ...(LastModifiedDate !== undefined && { lastModified: LastModifiedDate })
  })
}
