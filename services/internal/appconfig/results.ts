import * as Results from "../../../src/internal/results.ts"

/** The fields of `AppConfig.Configuration`. */
interface Configuration {
  readonly application: string
  readonly environment: string
  readonly profile: string
  readonly contentType?: string
  readonly versionLabel?: string
  readonly bytes: Uint8Array<ArrayBufferLike>
}

export const configurations = Results.model<Configuration>("effect-aws-sdk/AppConfig/Configuration", {
  application: Results.isText,
  environment: Results.isText,
  profile: Results.isText,
  contentType: Results.isAbsentOr(Results.isText),
  versionLabel: Results.isAbsentOr(Results.isText),
  bytes: Results.isBytes
})
