import type { AwsError } from "./awsError.ts"
import { classify } from "./classify.ts"
import { TaggedError } from "./tagged.ts"

/** A word of a shell command, in quotes if it needs them. */
export const shellWord = (word: string): string =>
  /^[\w@+.%:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

export class InvalidSetting extends TaggedError("InvalidSetting")<{
  /** The setting, and where it is: `AWS_MAX_ATTEMPTS`, ``the `endpoint` option``. */
  readonly setting: string
  readonly value: string
  /** What its value has to be. */
  readonly expected: string
}> {
  override get message(): string {
    return `${this.setting} is ${JSON.stringify(this.value)}. It has to be ${this.expected}.`
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

export class ProfileDoesNotExist extends TaggedError("ProfileDoesNotExist")<{
  readonly profile: string
  /** The profiles that the files do have. */
  readonly available: ReadonlyArray<string>
  /** The files that were read. */
  readonly files: ReadonlyArray<string>
}> {
  override get message(): string {
    const { available, files, profile } = this
    return `There is no AWS profile "${profile}" in ${files.join(" and ")}, which ` +
      `${available.length === 0 ? "have no profiles" : `have: ${available.join(", ")}`}. ` +
      (isProfileName(profile)
        ? `Use another name, or create the profile: \`aws configure --profile ${shellWord(profile)}\`.`
        : `Use another name: ${profileNameRule}.`)
  }
}

export class CredentialsNotFound extends TaggedError("CredentialsNotFound")<{
  /** Where the Layer looked: `the profile dev`, `the instance metadata`. */
  readonly source: string
  readonly description: string
  /** What to do about it. */
  readonly advice: string
  /** What the provider threw. It stays in the process, as it may hold credentials. */
  readonly cause?: unknown
  /** Whether the credentials may be available later. */
  readonly isRetryable: boolean
}> {
  constructor(options: {
    readonly source: string
    readonly description: string
    readonly advice: string
    readonly cause?: unknown
    /** By default, whether the cause is retryable. */
    readonly isRetryable?: boolean | undefined
  }) {
    const { cause, isRetryable } = options
    super({ ...options, isRetryable: isRetryable ?? (cause !== undefined && classify(cause).isRetryable) })
  }

  override get message(): string {
    const { advice, description, source } = this
    return `No AWS credentials from ${source}: ${description}${/[.!?]\s*$/.test(description) ? "" : "."} ${advice}`
  }

  override toJSON(): unknown {
    const { cause: _, ...json } = super.toJSON() as { readonly cause?: unknown }
    return json
  }
}

export class AssumeRoleFailed extends TaggedError("AssumeRoleFailed")<{
  readonly roleArn: string
  readonly sessionName: string
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
