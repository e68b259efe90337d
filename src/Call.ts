/**
 * One call to AWS, from the function that makes it to the client that sends it.
 *
 * @since 0.1.0
 */
import type { Command, MiddlewareStack } from "@smithy/types"
import type * as Effect from "effect/Effect"
import type { AwsError } from "../errors/internal/awsError.ts"

/**
 * Any client of the AWS SDK v3.
 *
 * @category models
 * @since 0.1.0
 */
export interface SdkClient {
  /** What the client was built with. */
  readonly config: {
    /** The service, as AWS's models name it: `S3`, `CloudWatch Logs`. */
    readonly serviceId: string
  }
  /** The steps that each request of the client takes. */
  readonly middlewareStack: MiddlewareStack<any, any>
  /** Sends a command. */
  send(command: any, options?: any): Promise<any>
  /** Closes the client's connections. The Layer does that for its clients. */
  destroy(): void
}

/**
 * The class of a client, such as `S3Client`.
 *
 * @category models
 * @since 0.1.0
 */
export type SdkClientClass<Client extends SdkClient> = new(config: any) => Client

/**
 * Any command of the AWS SDK v3.
 *
 * @category models
 * @since 0.1.0
 */
export type AnyCommand = Command<any, any, any, any, any>

/**
 * One call, as an aspect sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  /** The service, as the SDK names it, without spaces: `S3`, `CloudWatch`. */
  readonly service: string
  /** The operation, as AWS names it: `HeadBucket`. */
  readonly operation: string
  /** The region of the Layer whose clients make the call: `eu-central-1`. */
  readonly region: string
  /** The class of the client that sends the command. */
  readonly Client: SdkClientClass<any>
  /** The command that was passed to `send`. Don't change it: the caller may send it again. */
  readonly command: AnyCommand
}

/**
 * Sends a call. The result is the output of the call's command.
 *
 * @category models
 * @since 0.1.0
 */
export type Send = (call: Call) => Effect.Effect<any, AwsError>
