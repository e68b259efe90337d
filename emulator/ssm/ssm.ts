/**
 * In-memory Systems Manager: Parameter Store, service settings and maintenance windows, which run no tasks. There is no KMS: a
 * SecureString can name any key or alias whose id, name or ARN is well formed.
 */
import type * as sdk from "@aws-sdk/client-ssm"
import { service } from "../engine/service.ts"
import { wake } from "./events.ts"
import { labels } from "./labels.ts"
import { put } from "./put.ts"
import { read } from "./read.ts"
import { settings } from "./settings.ts"
import type { State } from "./state.ts"
import { windows } from "./windows.ts"

export const ssm = service<typeof sdk>()({
  serviceId: "SSM",
  namespace: "com.amazonaws.ssm",
  scope: "region",
  state: (): State => ({
    parameters: new Map(),
    settings: new Map(),
    windows: new Map(),
    tokens: new Map()
  }),
  handlers: { ...put, ...read, ...labels, ...settings, ...windows },
  wake
})
