import type { AwsError } from "./awsError.ts"
import { TaggedError } from "./tagged.ts"

export class SecretDoesNotExist extends TaggedError("SecretDoesNotExist")<{
  readonly secret: string
  /** The version that was asked for, if one was. */
  readonly versionId: string | undefined
  /** The staging label that was asked for, if one was. */
  readonly versionStage: string | undefined
}> {
  override get message(): string {
    const { secret, versionId, versionStage } = this
    const asked = [
      ...(versionId === undefined ? [] : [`the version ${versionId}`]),
      ...(versionStage === undefined ? [] : [`the stage ${versionStage}`])
    ]
    return asked.length === 0
      ? `The secret ${secret} does not exist in this account and region, or has no value yet. ` +
        "Check its name, and the Layer's account and region."
      : `The secret ${secret} with ${asked.join(" and ")} does not exist in this account and region. ` +
        "Check its name and its version, and the Layer's account and region."
  }
}

export class SecretMarkedForDeletion extends TaggedError("SecretMarkedForDeletion")<{ readonly secret: string }> {
  override get message(): string {
    return `The secret ${this.secret} is marked for deletion, so AWS does not give out its value. ` +
      "Restore it, or use another secret."
  }
}

export class SecretNotDecodable extends TaggedError("SecretNotDecodable")<{
  readonly secret: string
  /** What is wrong, and where in the value. */
  readonly issue: string
}> {
  override get message(): string {
    return `The value of the secret ${this.secret} is not what was asked for. Correct one of them: ${this.issue}`
  }
}

/**
 * A secret that could not be read, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface SecretFailure {
  /** The name or ARN that was asked for. */
  readonly secret: string
  /** Why it could not be read. */
  readonly cause: SecretDoesNotExist | SecretMarkedForDeletion | AwsError
}

/** How many failures a message lists. */
const LISTED = 5

export class SecretsNotRead<out S = unknown> extends TaggedError("SecretsNotRead")<{
  /** The secrets that could not be read, and why. */
  readonly failures: ReadonlyArray<SecretFailure>
  /** All other secrets, by the names or ARNs that were asked for. */
  readonly found: ReadonlyMap<string, any>
}> {
  declare readonly found: ReadonlyMap<string, S>

  override get message(): string {
    const { failures, found } = this
    const listed = failures.slice(0, LISTED).map(({ cause, secret }) => `${secret}: ${cause.message}`)
    const more = failures.length - listed.length
    return `${failures.length} of ${failures.length + found.size} secrets could not be read. ${listed.join(" ")}` +
      (more > 0 ? ` And ${more} more.` : "")
  }

  override toJSON(): unknown {
    return { ...super.toJSON() as object, found: [...this.found.keys()] }
  }
}
