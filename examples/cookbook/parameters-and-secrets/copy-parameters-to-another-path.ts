import { Stream } from "effect"
import { Ssm } from "effect-aws-sdk"

export const copy = (from: string, to: string) =>
  Ssm.listParametersByPath(from, { recursive: true }).pipe(
    Stream.mapEffect(({ name, type, value }) =>
      // The value of a SecureString is Redacted, and is written as a SecureString again.
      Ssm.putParameter({ name: `${to}${name.slice(from.length)}`, value, type, overwrite: true })
    ),
    Stream.runCount
  )
