// The services that the emulator can read requests for. A client of the SDK describes its service, so the emulator can read requests
// for every service whose client is installed. It loads a client with the first request for its service.
import { describeWhole } from "../wire/describe.ts"
import type { Request } from "../wire/http.ts"
import { signingNameOf } from "../wire/identify.ts"
import { isOperationSchema, type OperationSchema } from "../wire/sdk.ts"
import { indexServices, makeService, type Service, type ServiceDescription, type Services } from "../wire/service.ts"

/** The clients whose names differ from the names in signatures. Several clients can sign with one name. */
const clients: Readonly<Record<string, string | ReadonlyArray<string>>> = {
  appconfig: ["appconfig", "appconfigdata"],
  "cognito-idp": "cognito-identity-provider",
  elasticloadbalancing: "elastic-load-balancing-v2",
  email: "sesv2",
  es: "opensearch",
  events: "eventbridge",
  logs: "cloudwatch-logs",
  monitoring: "cloudwatch",
  "s3-object-lambda": "s3",
  s3express: "s3",
  secretsmanager: "secrets-manager",
  states: "sfn"
}

type Class = new(options: object) => { readonly config: object; destroy(): void; readonly schema?: unknown }

const placeholder = { region: "us-east-1", credentials: { accessKeyId: "unused", secretAccessKey: "unused" } }

const serviceOf = (module: Readonly<Record<string, unknown>>): Service | undefined => {
  const operations: Array<OperationSchema> = []
  let Client: Class | undefined
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== "function") continue
    if (/^[A-Z]\w*Client$/.test(name)) Client ??= value as Class
    if (!/^[A-Z]\w*Command$/.test(name)) continue
    const { schema } = new (value as Class)({})
    if (isOperationSchema(schema)) operations.push(schema)
  }
  if (Client === undefined) return undefined
  const client = new Client(placeholder)
  client.destroy()
  return makeService(describeWhole(client.config, operations))
}

export const isMissingModule = (error: unknown): boolean =>
  (error as { readonly code?: unknown }).code === "ERR_MODULE_NOT_FOUND"

const ofInstalledClient = async (client: string): Promise<Service | undefined> => {
  try {
    return serviceOf(await import(`@aws-sdk/client-${client}`) as Record<string, unknown>)
  } catch (error) {
    if (isMissingModule(error)) return undefined
    throw error
  }
}

export interface Catalog {
  /** The services that are known, among them the one that this request is for if there is a description of it. */
  readonly servicesFor: (request: Request) => Promise<Services>
}

/** A catalog that takes descriptions from `find` by the name of the client (`cloudwatch`), and else from the installed clients. */
export const makeCatalog = (
  find: (client: string) => Promise<ServiceDescription | undefined> = async () => undefined
): Catalog => {
  const loading = new Map<string, Promise<void>>()
  const loaded: Array<Service> = []
  let services: Services = indexServices([])
  const describe = async (client: string): Promise<Service | undefined> => {
    const description = await find(client)
    return description === undefined ? await ofInstalledClient(client) : makeService(description)
  }
  const load = async (names: ReadonlyArray<string>): Promise<void> => {
    loaded.push(...(await Promise.all(names.map(describe))).filter((service) => service !== undefined))
    services = indexServices(loaded)
  }
  return {
    servicesFor: async (request) => {
      const name = signingNameOf(request)
      const names = [clients[name] ?? name].flat()
      if (!names.every((client) => /^[a-z][a-z0-9-]*$/.test(client))) return services
      const key = names.join()
      let pending = loading.get(key)
      if (pending === undefined) loading.set(key, pending = load(names))
      await pending
      return services
    }
  }
}

/** The installed clients. */
export const installed: Catalog = makeCatalog()
