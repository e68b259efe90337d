import type { ResponseMetadata } from "@smithy/types"

/**
 * A response that can't be read, or that isn't AWS's. It takes the place of what the SDK throws, whose message quotes the
 * response, which may hold a secret.
 */
export class UnreadableResponse extends Error {
  /** `ForeignResponse` if something else answered in AWS's place; `MalformedResponse` if it isn't what its protocol requires. */
  override readonly name: "ForeignResponse" | "MalformedResponse"
  /** The SDK adds the number of attempts. */
  readonly $metadata: ResponseMetadata

  constructor(name: UnreadableResponse["name"], description: string, metadata: ResponseMetadata) {
    super(description)
    this.name = name
    this.$metadata = metadata
  }
}
