/**
 * AWS Lambda functions as Effects.
 *
 * @since 0.1.0
 */
import * as Internal from "./internal/handler.ts"

export type { Context, EventHandler } from "./internal/invocation.ts"

export {
  AnswerNotSerializable,
  AnswerTooLarge,
  DeadlineExceeded,
  InvocationInterrupted
} from "../errors/LambdaErrors.ts"

export type { Handler } from "./internal/handler.ts"

export const handler = <A, E, R, Provided = never, LayerError = never>(
  options: Internal.Settings<A, E, R, Provided, LayerError>
): Internal.Handler<A> => Internal.make(options)

export { testContext } from "./internal/testContext.ts"
