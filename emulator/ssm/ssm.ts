/**
 * In-memory Systems Manager: Parameter Store, service settings, maintenance windows, which run no tasks, documents, Run Command, whose
 * commands print nothing and succeed, and sessions, to which nothing can connect. There is no KMS: a SecureString can name any key or
 * alias whose id, name or ARN is well formed.
 */
import type * as sdk from "@aws-sdk/client-ssm"
import { service } from "../engine/service.ts"
import { authorization } from "./authorization.ts"
import { cancellations } from "./cancellations.ts"
import { commandReads } from "./commandReads.ts"
import { isCommandKey, wakeCommand } from "./commandStates.ts"
import { documentCommands } from "./documentCommands.ts"
import { documentReads } from "./documentReads.ts"
import { documentSharing } from "./documentSharing.ts"
import { wake } from "./events.ts"
import { labels } from "./labels.ts"
import { managedInstances } from "./managedInstances.ts"
import { put } from "./put.ts"
import { read } from "./read.ts"
import { sendCommand } from "./sendCommand.ts"
import { sessions } from "./sessions.ts"
import { settings } from "./settings.ts"
import { empty } from "./state.ts"
import { windows } from "./windows.ts"

export const ssm = service<typeof sdk>()({
  serviceId: "SSM",
  namespace: "com.amazonaws.ssm",
  scope: "region",
  authorization,
  state: empty,
  handlers: {
    ...put,
    ...read,
    ...labels,
    ...settings,
    ...windows,
    ...documentCommands,
    ...documentReads,
    ...documentSharing,
    ...sendCommand,
    ...cancellations,
    ...commandReads,
    ...managedInstances,
    ...sessions
  },
  wake: (key, state, context) => isCommandKey(key) ? wakeCommand(key, state, context) : wake(key, state, context)
})
