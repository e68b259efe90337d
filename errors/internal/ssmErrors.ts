import type { AwsError } from "./awsError.ts"
import { shorten } from "./shorten.ts"
import { TaggedError } from "./tagged.ts"

export class ParameterDoesNotExist extends TaggedError("ParameterDoesNotExist")<{ readonly parameter: string }> {
  override get message(): string {
    return `The SSM parameter ${this.parameter} does not exist in this account and region. ` +
      "Check its name, and the Layer's account and region."
  }
}

/**
 * A name that AWS refuses as the name of a parameter, and the error with which it does.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefusedName {
  /** The name, as it was asked for. */
  readonly name: string
  /** The error with which AWS refused a call for this name alone. */
  readonly cause: AwsError
}

/** How many names a message lists. */
const LISTED = 10

const list = (names: ReadonlyArray<string>): string =>
  names.slice(0, LISTED).join(", ") + (names.length > LISTED ? ` and ${names.length - LISTED} more` : "")

export class ParametersDoNotExist<out P = unknown> extends TaggedError("ParametersDoNotExist")<{
  /** The names for which there is no parameter, as they were asked for. */
  readonly missing: ReadonlyArray<string>
  /** The names that no parameter can have: a name with a space, for example. */
  readonly refused: ReadonlyArray<RefusedName>
  /** All other parameters, by the names that were asked for. */
  readonly found: ReadonlyMap<string, any>
}> {
  declare readonly found: ReadonlyMap<string, P>

  override get message(): string {
    const { found, missing, refused } = this
    const all = found.size + missing.length + refused.length
    return [
      ...(missing.length === 0 ? [] : [
        `Of ${all} SSM parameters, ${missing.length} not found in this account and region: ${list(missing)}. ` +
        "Check the names, and the Layer's account and region."
      ]),
      ...(refused.length === 0 ? [] : [
        `AWS refuses ${refused.length} of ${all} names of SSM parameters: ${
          list(refused.map(({ name }) => JSON.stringify(shorten(name))))
        }. ` +
        `Correct them. The first refusal: ${refused[0]!.cause.message}`
      ])
    ].join(" ")
  }

  override toJSON(): unknown {
    return { ...super.toJSON() as object, found: [...this.found.keys()].map((name) => ({ name })) }
  }
}

export class ParameterAlreadyExists extends TaggedError("ParameterAlreadyExists")<{ readonly parameter: string }> {
  override get message(): string {
    return `The SSM parameter ${this.parameter} already exists. To replace its value, pass \`overwrite: true\`.`
  }
}

export class ParameterPatternMismatch extends TaggedError("ParameterPatternMismatch")<{
  readonly parameter: string
  /** The pattern that was given with the value; `undefined` if the parameter's existing pattern refused it. */
  readonly pattern: string | undefined
}> {
  override get message(): string {
    return `The value for the SSM parameter ${this.parameter} does not match ${
      this.pattern === undefined ? "the pattern that the parameter allows" : `the pattern ${this.pattern}`
    }. Give a value that does.`
  }
}

export class ParameterNotDecodable extends TaggedError("ParameterNotDecodable")<{
  readonly parameter: string
  /** What is wrong, and where in the value. */
  readonly issue: string
}> {
  override get message(): string {
    return `The value of the SSM parameter ${this.parameter} does not match its schema. Correct one of them: ${this.issue}`
  }
}
