// Descriptions of services that are packed with the command line, so that it needs no client of the SDK. `scripts/cli.ts` writes
// them beside the bundle. A checkout has none, and takes the installed clients.
import { isMissingModule } from "../engine/catalog.ts"
import { type ClientConfig, describe } from "../wire/describe.ts"
import { isOperationSchema } from "../wire/sdk.ts"
import type { ServiceDescription } from "../wire/service.ts"

interface Packed {
  readonly config: Omit<ClientConfig, "protocol"> & { readonly protocol: string }
  readonly schemas: Readonly<Record<string, unknown>>
}

export const packed = async (client: string): Promise<ServiceDescription | undefined> => {
  try {
    const { config, schemas } = await import(new URL(`./schemas/${client}.js`, import.meta.url).href) as Packed
    return describe(
      { ...config, protocol: { getShapeId: () => config.protocol } },
      Object.values(schemas).filter(isOperationSchema)
    )
  } catch (error) {
    if (isMissingModule(error)) return undefined
    throw error
  }
}
