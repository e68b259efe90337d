import { TaggedError } from "./tagged.ts"

export class PublisherClosed extends TaggedError("PublisherClosed")<{
  /** What the publisher publishes: `events for the event bus orders`. */
  readonly what: string
  /** How many the publisher still took of those that were given, from the first on. It didn't take the others. */
  readonly accepted: number
  /** How many were given. */
  readonly given: number
}> {
  override get message(): string {
    const { accepted, given, what } = this
    return `The publisher of ${what} took ${accepted} of ${given}, because its scope has ended. ` +
      "Publish before the scope ends, or give the publisher a longer one."
  }
}
