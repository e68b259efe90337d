// What signs a request that somebody else sends: the Layer's client, as the SDK's presigners see it.
import { S3Client } from "@aws-sdk/client-s3"
import type { AwsCredentialIdentity, HttpRequest } from "@smithy/types"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { classify } from "../../../errors/internal/classify.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import type { AnyCommand } from "../../../src/Call.ts"
import { Defect } from "../../../src/internal/defect.ts"
import { millisOf } from "../../../src/internal/durations.ts"
import { guarded } from "../../../src/internal/send.ts"
import { check, type Problem } from "./invalid.ts"

/** The most that S3 accepts in one request, in bytes. */
export const MAX_SIZE = 5 * 2 ** 30
const MAX_SECONDS = 7 * 24 * 60 * 60

const secondsOf = (expiresIn: Duration.Input = Duration.minutes(15)): number => Math.floor(millisOf(expiresIn) / 1000)

const shown = (duration: unknown): string =>
  typeof duration === "number" ? `${duration} ms` : typeof duration === "string" ? `"${duration}"` : "another duration"

const expiryProblem = (seconds: number, expiresIn: unknown): Problem | undefined =>
  seconds >= 1 && seconds <= MAX_SECONDS ? undefined : {
    code: "InvalidExpiresIn",
    description: `\`expiresIn\` is ${shown(expiresIn)}, and a signature lasts from 1 second to 7 days`,
    advice:
      "Pass a duration such as \"15 minutes\"; a number counts milliseconds. For access that lasts more than a week, " +
      "sign a new request when it is needed."
  }

export const sizeProblem = (option: string, size: number | undefined): Problem | undefined =>
  size === undefined || (Number.isInteger(size) && size >= 0 && size <= MAX_SIZE) ? undefined : {
    code: option === "contentLength" ? "InvalidContentLength" : "InvalidSize",
    description: `\`${option}\` is ${size}, and one request carries from 0 to ${MAX_SIZE} bytes`,
    advice: "For more than 5 GiB, let the sender upload in parts."
  }

/** A program that TypeScript doesn't check can still pass one. */
export const encryptionProblem = (encryption: unknown): Problem | undefined =>
  typeof encryption !== "object" || encryption === null || !("customerKey" in encryption) ? undefined : {
    code: "CustomerKeyNotPresignable",
    description: "whoever sends a request with `customerKey` has to know the key",
    advice: "Use another `encryption`, or read and write such objects in the program that has the key."
  }

/** The clock, the credentials and the client that sign a request. */
export interface Signing {
  readonly client: S3Client
  /** In milliseconds. A signature has whole seconds. */
  readonly now: number
  readonly seconds: number
  /** When the request ends, if a session with these credentials begins for it. */
  readonly expiryOf: (session?: Pick<AwsCredentialIdentity, "expiration">) => Date
}

/**
 * The Layer's client as the presigners see it. It adds no checksum of the body, which isn't known yet; and it signs with
 * credentials whose expiry is known.
 */
const signingOf = async (client: S3Client, now: number, seconds: number): Promise<Signing> => {
  const identity = await client.config.credentials()
  const whenRequired = async () => "WHEN_REQUIRED"
  const config = {
    ...client.config,
    credentials: async () => identity,
    requestChecksumCalculation: whenRequired,
    responseChecksumValidation: whenRequired,
    // `createPresignedPost` knows no other way to another clock.
    get systemClockOffset() {
      return now - Date.now()
    }
  }
  return {
    client: { config, middlewareStack: client.middlewareStack } as unknown as S3Client,
    now,
    seconds,
    expiryOf: (session) =>
      new Date(
        Math.min(
          now + seconds * 1000,
          ...[identity, session].flatMap((used) => used?.expiration === undefined ? [] : [+new Date(used.expiration)])
        )
      )
  }
}

/**
 * Signs, and fails with what the presigner throws. Nothing is sent, so nothing can have happened. The problems are looked
 * at before the credentials are asked for.
 */
export const signed = Effect.fnUntraced(function*<Prepared extends AnyCommand, A>(
  operation: string,
  expiresIn: Duration.Input | undefined,
  problems: ReadonlyArray<Problem | undefined>,
  prepare: () => Prepared,
  sign: (command: Prepared, signing: Signing) => Promise<A>
): Effect.fn.Return<A, AwsError, AwsClients> {
  const seconds = secondsOf(expiresIn)
  yield* check(operation, expiryProblem(seconds, expiresIn), ...problems)
  const clients = yield* AwsClients
  const now = Math.floor((yield* Clock.currentTimeMillis) / 1000) * 1000
  return yield* Effect.tryPromise(async () => {
    const command = prepare()
    const client = clients.get(S3Client)
    return guarded(client, command, async () => sign(command, await signingOf(client, now, seconds)))
  }).pipe(
    Effect.catch(({ cause }) => {
      if (cause instanceof Defect) return Effect.die(cause)
      const reason = AwsError.isAwsError(cause) ? cause.reason : classify(cause)
      const { region } = clients.config
      return Effect.fail(new AwsError({ service: "S3", operation, region, reason, cause, mayHaveSucceeded: false }))
    })
  )
})

/**
 * Calls a function with the request of a command as it is before it is signed, without the type of the content that the SDK
 * gives to every body.
 */
export const onBuilt = (
  command: AnyCommand,
  see: (request: HttpRequest, context: { readonly s3ExpressIdentity?: AwsCredentialIdentity }) => void
): void =>
  command.middlewareStack.add(
    (next, context) => (args) => {
      const request = args.request as HttpRequest
      if (command.input.ContentType === undefined) delete request.headers["content-type"]
      see(request, context as { readonly s3ExpressIdentity?: AwsCredentialIdentity })
      return next(args)
    },
    { step: "build", priority: "low", name: "effectAwsSdkPresign" }
  )

/** The headers whose values S3 checks against the signature: not those that the SDK adds for itself. */
export const isOwn = (name: string): boolean => name.startsWith("x-amz-") && name !== "x-amz-user-agent"
