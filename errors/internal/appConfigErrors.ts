import { TaggedError } from "./tagged.ts"

/** The names of a configuration, as a message has them. */
const named = (
  { application, environment, profile }: {
    readonly application: string
    readonly environment: string
    readonly profile: string
  }
): string => `the configuration profile ${profile} of the application ${application} in the environment ${environment}`

export class ConfigurationDoesNotExist extends TaggedError("ConfigurationDoesNotExist")<{
  readonly application: string
  readonly environment: string
  readonly profile: string
}> {
  override get message(): string {
    return `AppConfig has nothing for ${
      named(this)
    }: one of them does not exist in this account and region, or nothing is ` +
      "deployed. Check their names, the deployment, and the Layer's account and region."
  }
}

export class ConfigurationNotDecodable extends TaggedError("ConfigurationNotDecodable")<{
  readonly application: string
  readonly environment: string
  readonly profile: string
  /** The content type of the configuration, if AppConfig has one. */
  readonly contentType: string | undefined
  /** What is wrong, and where in the value. */
  readonly issue: string
}> {
  override get message(): string {
    const { contentType = "no content type", issue } = this
    return `What AppConfig has for ${
      named(this)
    } (${contentType}) is not what was asked for. Correct one of them: ${issue}`
  }
}
