// The states of the services, by account and region.
import type { Service } from "./service.ts"

export interface States {
  readonly of: <S>(service: Service<S>, account: string, region: string) => S
  /** The state, if there is one already. */
  readonly peek: <S>(service: Service<S>, account: string, region: string) => S | undefined
  readonly clear: () => void
  readonly save: () => ReadonlyMap<string, unknown>
  readonly restore: (saved: ReadonlyMap<string, unknown>) => void
}

const keyOf = (service: Service<any>, account: string, region: string): string =>
  service.scope === "global"
    ? service.namespace
    : service.scope === "account"
    ? `${service.namespace}/${account}`
    : `${service.namespace}/${account}/${region}`

/** The states. Calls this for each that begins. */
export const makeStates = (
  onBegin: (service: Service<any>, account: string, region: string) => void = () => {}
): States => {
  let states = new Map<string, unknown>()
  return {
    of: <S>(service: Service<S>, account: string, region: string): S => {
      const key = keyOf(service, account, region)
      let state = states.get(key) as S | undefined
      if (state === undefined) {
        states.set(key, state = service.state())
        onBegin(service, account, region)
      }
      return state
    },
    peek: <S>(service: Service<S>, account: string, region: string) =>
      states.get(keyOf(service, account, region)) as S | undefined,
    clear: () => {
      states = new Map()
    },
    save: () => states,
    restore: (saved) => {
      states = new Map(saved)
    }
  }
}
