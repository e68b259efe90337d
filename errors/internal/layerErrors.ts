import type { AwsError } from "./awsError.ts"
import { classify } from "./classify.ts"
import { TaggedError } from "./tagged.ts"
import { sentence } from "./words.ts"

/** A word of a shell command, in quotes if it needs them. */
export const shellWord = (word: string): string =>
  /^[\w@+.%:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

export class InvalidSetting extends TaggedError("InvalidSetting")<{
  /** The setting, and where it is: `AWS_MAX_ATTEMPTS`, ``the `endpoint` option``. It begins the message, in a capital. */
  readonly setting: string
  /** Its value, as text. */
  readonly value: string
  /** What its value has to be. */
  readonly expected: string
}> {
  override get message(): string {
    return `${this.setting.replace(/^the\b/, "The")} is ${JSON.stringify(this.value)}. It has to be ${this.expected}.`
  }
}

export class RegionNotFound extends TaggedError("RegionNotFound")<{
  /** Where the Layer looked for a region, in this order. */
  readonly looked: ReadonlyArray<string>
}> {
  override get message(): string {
    return `No AWS region found. Looked in ${
      this.looked.join(", then ")
    }. Pass the Layer's \`region\` option, or set AWS_REGION.`
  }
}

/** Whether the SDK can read a section with this name from the config file. */
export const isProfileName = (name: string): boolean => /^[\w\-@+.%:/]+$/.test(name)

export const profileNameRule = "in the config file, the AWS SDK for JavaScript reads only names of the characters " +
  "A-Z a-z 0-9 _ - @ + . % : /"

/** Advice for a program that asks for a profile, although these variables of its environment stand for other credentials. */
export const environmentAdvice = (variables: ReadonlyArray<string>): string =>
  variables.length === 0
    ? ""
    : `${variables.join(" and ")} ${
      variables.length === 1 ? "is" : "are"
    } set, but a profile was asked for: to use the ` +
      "environment's credentials, use Default.layer without the `profile` option and without AWS_PROFILE, or Compute.layer."

export class ProfileDoesNotExist extends TaggedError("ProfileDoesNotExist")<{
  /** The name of the profile. */
  readonly profile: string
  /** The profiles that the files do have. */
  readonly available: ReadonlyArray<string>
  /** The files that were read. */
  readonly files: ReadonlyArray<string>
  /** The variables that are set and stand for other credentials, which the profile puts aside: `AWS_ACCESS_KEY_ID`. */
  readonly inEnvironment: ReadonlyArray<string>
}> {
  constructor(options: {
    readonly profile: string
    readonly available: ReadonlyArray<string>
    readonly files: ReadonlyArray<string>
    /** By default none. */
    readonly inEnvironment?: ReadonlyArray<string> | undefined
  }) {
    super({ ...options, inEnvironment: options.inEnvironment ?? [] })
  }

  override get message(): string {
    const { inEnvironment, profile } = this
    const advice = isProfileName(profile)
      ? `Use another name, or create the profile: \`aws configure --profile ${shellWord(profile)}\`.`
      : `Use another name: ${profileNameRule}.`
    return [`There is no AWS profile "${profile}" in ${this.where}.`, advice, environmentAdvice(inEnvironment)]
      .filter((sentence) => sentence !== "")
      .join(" ")
  }

  /** The files and the profiles that they have, in words. */
  get where(): string {
    const { available, files } = this
    return `${files.join(" and ")}, which ${
      available.length === 0 ? "have no profiles, or don't exist" : `have: ${available.join(", ")}`
    }`
  }
}

/**
 * A source of credentials that a Layer looked at and passed over.
 *
 * @category models
 * @since 0.1.0
 */
export interface Looked {
  /** The source: `the environment`, `the profile default`. */
  readonly source: string
  /** Why it isn't configured: `AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY aren't set`. */
  readonly why: string
}

export class CredentialsNotFound extends TaggedError("CredentialsNotFound")<{
  /** Where the Layer looked: `the profile dev`, `the instance metadata`. */
  readonly source: string
  /** What is wrong there. */
  readonly description: string
  /** What to do about it. */
  readonly advice: string
  /** What the provider threw. It stays in the process, as it may hold credentials. */
  readonly cause?: unknown
  /** Whether the credentials may be available later. */
  readonly isRetryable: boolean
  /**
   * If no source is configured: all the sources that the Layer looked at, in this order. It is empty if the Layer chose a
   * source, which then had no credentials.
   */
  readonly looked: ReadonlyArray<Looked>
}> {
  constructor(options: {
    readonly source: string
    readonly description: string
    readonly advice: string
    readonly cause?: unknown
    /** By default none. */
    readonly looked?: ReadonlyArray<Looked> | undefined
    /** By default, whether the cause is retryable. */
    readonly isRetryable?: boolean | undefined
  }) {
    const { advice, cause, description, looked = [], source } = options
    const isRetryable = options.isRetryable ?? (cause !== undefined && classify(cause).isRetryable)
    super({ source, description, advice, cause, isRetryable, looked })
  }

  override get message(): string {
    const { advice, description, looked, source } = this
    if (looked.length > 0) {
      // One source in a line: a paragraph of all of them takes long to read.
      const places = looked.map(({ source, why }) => `- ${source}: ${why}`)
      return ["No source of AWS credentials is configured. Looked, in this order, at", ...places, advice].join("\n")
    }
    return `No AWS credentials from ${source}: ${sentence(description)} ${advice}`
  }

  override toJSON(): unknown {
    const { cause: _, ...json } = super.toJSON() as { readonly cause?: unknown }
    return json
  }
}

export class AssumeRoleFailed extends TaggedError("AssumeRoleFailed")<{
  /** The role that could not be assumed. */
  readonly roleArn: string
  /** The name that the session would have had. */
  readonly sessionName: string
  /** Why the call to STS failed. */
  readonly cause: AwsError
}> {
  override get message(): string {
    return `Could not assume ${this.roleArn} as ${this.sessionName}: ${this.cause.message}`
  }

  /** Whether the role may be available later. */
  get isRetryable(): boolean {
    return this.cause.isRetryable
  }
}
