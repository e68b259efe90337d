/**
 * What can go wrong when a Layer that gives `AwsClients` is built.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { AwsError } from "./AwsError.ts"

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
}> {
  override get message(): string {
    return `There is no AWS profile "${this.profile}"; there ${
      this.available.length === 0 ? "are none at all" : `are: ${this.available.join(", ")}`
    }. Name another, or make it: \`aws configure --profile ${this.profile}\`.`
  }
}

/**
 * Where the Layer looks for credentials there are none.
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialsNotFound extends Data.TaggedError("CredentialsNotFound")<{
  /** What was looked at: `profile dev`, `instance metadata`. */
  readonly source: string
  readonly description: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `No AWS credentials from ${this.source}: ${this.description}`
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
}
