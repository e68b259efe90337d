// Which requests get a checksum: what the clients' option `requestChecksumCalculation` says, or AWS's settings.
import { S3Client } from "@aws-sdk/client-s3"
import type { HttpRequest } from "@smithy/types"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import type { AnyCommand } from "../../../src/Call.ts"

/** Whether every upload gets a checksum, and not only a request that S3 takes with a checksum only. */
export const isChecksumUsual = (operation: string): Effect.Effect<boolean, AwsError, AwsClients> =>
  AwsClients.use(({ config: { region }, get }) =>
    Effect.tryPromise({
      try: async () => await get(S3Client).config.requestChecksumCalculation() === "WHEN_SUPPORTED",
      catch: (cause) => AwsError.fromUnknown({ service: "S3", operation, region }, cause)
    })
  )

const isChecksum = (header: string): boolean => /^x-amz-(sdk-)?checksum-/.test(header)

/**
 * The same command, whose body is checked by its MD5, as S3 has it since its beginning. The SDK knows only the newer
 * checksums, which many stores that aren't AWS's don't know.
 */
const checkedByMd5 = <C extends AnyCommand>(command: C): C => {
  command.middlewareStack.add(
    (next) => (args) => {
      const { body, headers } = args.request as HttpRequest
      for (const name of Object.keys(headers)) if (isChecksum(name)) delete headers[name]
      headers["content-md5"] = createHash("md5").update(body as string | Uint8Array).digest("base64")
      return next(args)
    },
    { step: "build", priority: "low", name: "effectAwsSdkMd5" }
  )
  return command
}

/** A command that S3 takes with a checksum only: with the one that the store is sure to know. */
export const withRequiredChecksum = <C extends AnyCommand>(
  operation: string,
  command: C
): Effect.Effect<C, AwsError, AwsClients> =>
  Effect.map(isChecksumUsual(operation), (isUsual) => isUsual ? command : checkedByMd5(command))
