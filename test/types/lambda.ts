// Checked by `tsc`: what `Lambda.handler` takes, and what it is.
import type * as aws from "aws-lambda"
import { Context, type Duration, Effect, Layer, Scope } from "effect"
import * as Lambda from "effect-aws-sdk/Lambda"
import { expectTypeOf } from "vitest"

class Orders extends Context.Service<Orders, { readonly count: Effect.Effect<number> }>()("Orders") {}
class Mail extends Context.Service<Mail, { readonly send: Effect.Effect<void, "bounced"> }>()("Mail") {}
declare const orders: Layer.Layer<Orders, "no database">
declare const mail: Layer.Layer<Mail>

// The answer is what the effect succeeds with, whatever it and the Layer fail with.
const counted = Lambda.handler({ layer: orders, handler: () => Orders.use(({ count }) => count) })
expectTypeOf(counted).toEqualTypeOf<Lambda.Handler<number>>()
expectTypeOf(counted.invoke({})).toEqualTypeOf<Effect.Effect<number, Error>>()
expectTypeOf(counted({}, {} as Lambda.Context)).toEqualTypeOf<Promise<number>>()

// The event is unknown, and the context is typed, without annotations.
Lambda.handler({
  handler: (event, context) => {
    expectTypeOf(event).toEqualTypeOf<unknown>()
    expectTypeOf(context).toEqualTypeOf<Lambda.Context>()
    return Effect.void
  }
})

// The Layer may provide more than what is needed, and the Scope is the invocation's.
Lambda.handler({
  layer: Layer.merge(orders, mail),
  handler: Effect.fn(function*() {
    yield* Effect.addFinalizer(() => Effect.void)
    yield* Scope.Scope
    return yield* Orders.use(({ count }) => count)
  }),
  flush: Mail.use(({ send }) => send)
})

// An EventHandler that is made elsewhere.
declare const other: Lambda.EventHandler<{ readonly ok: boolean }, Error, Orders | Mail>
expectTypeOf(Lambda.handler({ layer: Layer.merge(orders, mail), handler: other })).toEqualTypeOf<
  Lambda.Handler<{ readonly ok: boolean }>
>()

// @ts-expect-error: the Layer doesn't provide Mail
// @effect-diagnostics-next-line missingEffectContext:off
Lambda.handler({ layer: orders, handler: () => Mail.use(({ send }) => send) })

// @ts-expect-error: there is no Layer
Lambda.handler({ handler: () => Mail.use(({ send }) => send) })

// @ts-expect-error: the Layer doesn't provide what the flush requires
// @effect-diagnostics-next-line missingEffectContext:off
Lambda.handler({ layer: orders, handler: () => Effect.void, flush: Mail.use(({ send }) => send) })

// @ts-expect-error: the Layer itself requires something
// @effect-diagnostics-next-line missingLayerContext:off
Lambda.handler({ layer: {} as Layer.Layer<Orders, never, Mail>, handler: () => Orders.use(({ count }) => count) })

// @ts-expect-error: the handler is no Effect
Lambda.handler({ handler: async () => 1 })

// AWS's types, as the community keeps them: a handler is one of theirs, and their context is one of ours.
expectTypeOf(counted).toExtend<aws.Handler<unknown, number>>()
expectTypeOf<aws.Context>().toExtend<Lambda.Context>()

expectTypeOf(Lambda.invocation).toEqualTypeOf<Effect.Effect<Lambda.Context | undefined>>()
expectTypeOf(Lambda.timeLeft).toEqualTypeOf<Effect.Effect<Duration.Duration>>()

// @ts-expect-error: the answer is an Effect that nobody ran
Lambda.handler({ handler: () => Effect.succeed(Effect.void) })

// @ts-expect-error: the same with a Layer
Lambda.handler({ layer: orders, handler: () => Effect.map(Orders, ({ count }) => count) })

declare const anything: any
Lambda.handler({ handler: () => Effect.succeed(anything) })
Lambda.handler({ handler: () => Effect.fail("no") })
