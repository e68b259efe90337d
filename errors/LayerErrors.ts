/**
 * What can go wrong when a Layer that gives `AwsClients` is built.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { AwsError } from "./AwsError.ts"
import { classify } from "./internal/classify.ts"

/**
 * No region was given, and none was found where the Layer looks.
 *
 * @category errors
 * @since 0.1.0
 */
export class RegionNotFound extends Data.TaggedError("RegionNotFound")<{
  /** Where a region was looked for, in that order. */
  readonly looked: ReadonlyArray<string>
}> {
  override get message(): string {
    return `No AWS region: looked in ${
      this.looked.join(", then ")
    }. Give the Layer's \`region\` option, or set AWS_REGION.`
  }
}

/**
 * The configuration files do not hold this profile.
 *
 * @category errors
 * @since 0.1.0
 */
export class ProfileDoesNotExist extends Data.TaggedError("ProfileDoesNotExist")<{
  readonly profile: string
  /** The profiles that the files do hold. */
  readonly available: ReadonlyArray<string>
  /** The files that were read. */
  readonly files: ReadonlyArray<string>
}> {
  override get message(): string {
    const there = this.available.length === 0 ? "there are none at all" : `there are: ${this.available.join(", ")}`
    return `There is no AWS profile "${this.profile}" in ${this.files.join(" and ")}; ${there}. ` +
      `Name another, or make it: \`aws configure --profile ${this.profile}\`.`
  }
}

/**
 * Where the Layer looks for credentials there are none, or they could not be read.
 *
 * It is also the `cause` of an `AwsError` with the reason `CredentialsUnavailable`, where credentials that are fetched
 * later than the Layer is built are not to be had.
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialsNotFound extends Data.TaggedError("CredentialsNotFound")<{
  /** What was looked at: `the profile dev`, `the instance metadata`. */
  readonly source: string
  readonly description: string
  /** What to do about it. */
  readonly advice: string
  readonly cause?: unknown
}> {
  override get message(): string {
    const { advice, description, source } = this
    return `No AWS credentials from ${source}: ${description}${/[.!?]\s*$/.test(description) ? "" : "."} ${advice}`
  }

  /** Whether they may be there when they are asked for again later. */
  get isRetryable(): boolean {
    return this.cause !== undefined && classify(this.cause).isRetryable
  }

  /** What can be written down: all but the cause, which may hold on to a whole answer. */
  override toJSON(): unknown {
    const { _tag, advice, description, message, source } = this
    return { _tag, message, source, description, advice }
  }
}

/**
 * The role was not to be had: AWS refused it, or could not be asked.
 *
 * @category errors
 * @since 0.1.0
 */
export class AssumeRoleFailed extends Data.TaggedError("AssumeRoleFailed")<{
  readonly roleArn: string
  readonly sessionName: string
  readonly cause: AwsError
}> {
  override get message(): string {
    return `Could not assume ${this.roleArn} as ${this.sessionName}: ${this.cause.message}`
  }

  /** Whether it may be had when it is asked for again later. */
  get isRetryable(): boolean {
    return this.cause.isRetryable
  }
}
