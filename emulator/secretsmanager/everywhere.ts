/** In-memory Secrets Manager: the service without its handlers, by which a handler finds the secrets of other accounts. */
import type { Service } from "../engine/service.ts"
import type { State } from "./state.ts"

export const everywhere: Service<State> = {
  serviceId: "Secrets Manager",
  namespace: "com.amazonaws.secretsmanager",
  scope: "region",
  state: () => ({ secrets: new Map() }),
  handlers: {}
}
