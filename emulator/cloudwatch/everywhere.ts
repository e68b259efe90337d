/** In-memory CloudWatch: the service without its handlers, by which a handler finds the dashboards, which aren't of one region. */
import type { HandlerContext, Service } from "../engine/service.ts"
import { empty, type State } from "./state.ts"

export const everywhere: Service<State> = {
  serviceId: "CloudWatch",
  namespace: "com.amazonaws.cloudwatch",
  scope: "region",
  state: empty,
  handlers: {}
}

/** The dashboards of the account. They are the same in all regions. */
export const dashboardsOf = (context: HandlerContext) => context.stateOf(everywhere, { region: "us-east-1" }).dashboards
