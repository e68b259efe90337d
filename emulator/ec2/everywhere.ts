/** In-memory EC2: the service without its handlers, by which a handler finds the states of other accounts and regions. */
import type { Service } from "../engine/service.ts"
import { empty, type State } from "./state.ts"

export const everywhere: Service<State> = {
  serviceId: "EC2",
  namespace: "com.amazonaws.ec2",
  scope: "region",
  state: empty,
  handlers: {}
}
