// The states of the services, by account and region.
import type { Service } from "./service.ts"

export interface States {
  readonly of: <S>(service: Service<S>, account: string, region: string) => S
  readonly clear: () => void
  readonly save: () => ReadonlyMap<string, unknown>
  readonly restore: (saved: ReadonlyMap<string, unknown>) => void
}

export const makeStates = (): States => {
  let states = new Map<string, unknown>()
  return {
    of: <S>(service: Service<S>, account: string, region: string): S => {
      const key = service.scope === "global"
        ? service.namespace
        : service.scope === "account"
        ? `${service.namespace}/${account}`
        : `${service.namespace}/${account}/${region}`
      let state = states.get(key) as S | undefined
      if (state === undefined) states.set(key, state = service.state())
      return state
    },
    clear: () => {
      states = new Map()
    },
    save: () => states,
    restore: (saved) => {
      states = new Map(saved)
    }
  }
}
