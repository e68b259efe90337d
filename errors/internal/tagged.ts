import * as Data from "effect/Data"

/** The property that marks an error of this library, whichever copy of the package constructed it. */
export const typeIdOf = <Tag extends string>(tag: Tag) => `~effect-aws-sdk/${tag}` as const

/** Whether a value is this library's error of the tag. Not by class: a program may load two copies of the package. */
export const hasTypeId = (u: unknown, tag: string): boolean => {
  try {
    return typeof u === "object" && u !== null && typeIdOf(tag) in u
  } catch {
    // A proxy may throw.
    return false
  }
}

const attempt = (evaluate: () => string): string => {
  try {
    return evaluate()
  } catch {
    return "a value that has no string form"
  }
}

/**
 * The part of a `cause` that crosses, if it isn't an `AwsError`. Anything else in it (a response, a stack, an input)
 * may be secret.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary {
  readonly name: string
  readonly message: string
}

const isError = (cause: unknown): cause is Error => {
  try {
    return cause instanceof Error
  } catch {
    return false
  }
}

export const summarize = (cause: unknown): Summary =>
  isError(cause)
    ? { name: attempt(() => String(cause.name)), message: attempt(() => String(cause.message)) }
    : { name: "Error", message: attempt(() => String(cause)) }

const withoutUndefined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/**
 * The JSON of an error. It equals what the error's codec encodes. It doesn't use the codec, which would put Schema into
 * every bundle.
 */
function toJSON(this: Error & { readonly _tag: string }): Record<string, unknown> {
  const { _tag, cause, message, ...fields } = this
  return {
    _tag,
    message,
    ...fields,
    ...(cause !== undefined && { cause: hasTypeId(cause, "AwsError") ? cause : summarize(cause) })
  }
}

/**
 * `Data.TaggedError`, plus what all errors of this library share:
 *
 * - a type id, so that two copies of the package recognise each other's errors;
 * - `toJSON` without secrets;
 * - a field that is `undefined` is absent, as it is after JSON.
 */
export const TaggedError: typeof Data.TaggedError = (tag) => {
  class Tagged extends Data.TaggedError(tag)<Record<string, unknown>> {
    constructor(fields: Readonly<Record<string, unknown>> = {}) {
      super(withoutUndefined(fields))
    }
  }
  Object.defineProperties(Tagged.prototype, {
    [typeIdOf(tag)]: { value: typeIdOf(tag) },
    toJSON: { value: toJSON, writable: true, configurable: true }
  })
  return Tagged as any
}
