/** The state of the in-memory AppConfig's data plane: the sessions of clients. */

/** What a client may ask for with a token. */
export interface Session {
  readonly application: string
  readonly environment: string
  readonly profile: string
  /** The seconds that the client has to wait between two calls. */
  readonly interval: number
  /** A number from 0 to less than 100: a deployment reaches the clients below its percentage. */
  readonly place: number
  /** The number of the version that the client has. */
  readonly version: number | undefined
  /** When the token was given out, and when the client called last. */
  readonly issued: number
  readonly called: number | undefined
}

export interface State {
  readonly tokens: Map<string, Session>
}

export const empty = (): State => ({ tokens: new Map() })

/** The resource with an id, or else the one with a name. */
export const named = <A extends { readonly id: string; readonly name: string }>(
  resources: ReadonlyMap<string, A>,
  identifier: string
): A | undefined => resources.get(identifier) ?? [...resources.values()].find(({ name }) => name === identifier)
