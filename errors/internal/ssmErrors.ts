import { TaggedError } from "./tagged.ts"

export class ParameterDoesNotExist extends TaggedError("ParameterDoesNotExist")<{ readonly parameter: string }> {
  override get message(): string {
    return `The SSM parameter ${this.parameter} does not exist in this account and region. ` +
      "Check its name, and the Layer's account and region."
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
  readonly issue: string
}> {
  override get message(): string {
    return `The value of the SSM parameter ${this.parameter} does not match its schema. Correct one of them: ${this.issue}`
  }
}
