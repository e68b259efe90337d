/** In-memory Systems Manager: the service without its handlers, by which a handler finds the documents of other accounts. */
import type { Service } from "../engine/service.ts"
import { empty, type State } from "./state.ts"

export const everywhere: Service<State> = {
  serviceId: "SSM",
  namespace: "com.amazonaws.ssm",
  scope: "region",
  state: empty,
  handlers: {}
}
