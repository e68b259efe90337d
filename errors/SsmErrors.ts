/**
 * What can go wrong with parameters.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * There is no parameter of this name in this account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export class ParameterDoesNotExist extends Data.TaggedError("ParameterDoesNotExist")<{ readonly parameter: string }> {
  override get message(): string {
    return `The SSM parameter ${this.parameter} does not exist in this account and region.`
  }
}

/**
 * There is a parameter of this name, and it was not to be overwritten.
 *
 * @category errors
 * @since 0.1.0
 */
export class ParameterAlreadyExists extends Data.TaggedError("ParameterAlreadyExists")<{ readonly parameter: string }> {
  override get message(): string {
    return `The SSM parameter ${this.parameter} exists already. Pass \`overwrite: true\` to replace its value.`
  }
}

/**
 * The value does not match the pattern that the parameter allows.
 *
 * @category errors
 * @since 0.1.0
 */
export class ParameterPatternMismatch extends Data.TaggedError("ParameterPatternMismatch")<{
  readonly parameter: string
  /** The pattern that was given with the value; `undefined` where the parameter's own one refused it. */
  readonly pattern: string | undefined
}> {
  override get message(): string {
    return `The value for the SSM parameter ${this.parameter} does not match ${
      this.pattern === undefined ? "the pattern that it allows" : `the pattern ${this.pattern}`
    }.`
  }
}

/**
 * The value of the parameter is not the JSON that the schema describes. The message says where, never what the value is.
 *
 * @category errors
 * @since 0.1.0
 */
export class ParameterNotDecodable extends Data.TaggedError("ParameterNotDecodable")<{
  readonly parameter: string
  readonly issue: string
}> {
  override get message(): string {
    return `The value of the SSM parameter ${this.parameter} is not what was expected: ${this.issue}`
  }
}
