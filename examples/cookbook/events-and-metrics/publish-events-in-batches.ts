import { Context, Effect, Layer, Schema } from "effect"
import { EventBridge } from "effect-aws-sdk"

class PageViewed extends EventBridge.Event<PageViewed>()({
  source: "site",
  detailType: "PageViewed",
  fields: { path: Schema.String }
}) {}

export class Views extends Context.Service<Views, EventBridge.Publisher>()("app/Views") {
  // Ends before the clients below it, and sends what is left first.
  static readonly layer = Layer.effect(Views, EventBridge.publisher({ eventBus: "default", maxDelay: "5 seconds" }))
}

export const view = Effect.fn("view")(function*(path: string) {
  const views = yield* Views
  yield* views.publish(new PageViewed({ path })) // returns when the event is in the queue
})
