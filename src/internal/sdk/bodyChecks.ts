// Who checks the bytes of an object.
import type { GetObjectCommand } from "@aws-sdk/client-s3"

/**
 * Makes S3 tell the checksum of an object, but keeps the SDK from comparing it with the body: the caller does so itself, and the
 * SDK would take most of a download's time for some algorithms.
 *
 * It relies on the SDK to look into the input of the call, after the request is made, for whether to check. If the SDK doesn't,
 * it checks the body as well: only the time, and the error of a wrong body, are others.
 */
export const withoutBodyCheck = (command: GetObjectCommand): GetObjectCommand => {
  command.input.ChecksumMode = "ENABLED"
  command.middlewareStack.add(
    (next) => (args) => next({ ...args, input: { ...args.input, ChecksumMode: undefined } }),
    { step: "finalizeRequest", priority: "low", name: "effectAwsSdkBodyCheck" }
  )
  return command
}
