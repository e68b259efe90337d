/**
 * In-memory OpenSearch Service: its events. Of the documented ones, the only change that happens here is that Auto-Tune is disabled:
 * there is no new service software, no cluster whose health could suffer, and a wrong change is refused at once.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import type { Domain, Settings, State } from "./domains.ts"

const reverted =
  "Auto-Tune is now disabled. All settings have been reverted. Auto-Tune will continue to evaluate cluster performance and provide recommendations."
const retained =
  "Auto-Tune is now disabled. The most-recent settings by Auto-Tune have been retained. Auto-Tune will continue to evaluate cluster performance and provide recommendations."

/** Rings when a change that disables Auto-Tune is complete. */
export const ringFor = (domain: Domain, before: Settings, context: HandlerContext): void => {
  const { AutoTuneOptions: wanted } = domain.settings
  if (before.AutoTuneOptions?.DesiredState !== "ENABLED" || wanted?.DesiredState !== "DISABLED") return
  context.wakeAt(`autoTune/${domain.name}/${domain.changeId}`, domain.readyAt)
}

export const wake = (key: string, { domains }: State, context: HandlerContext): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const [, name = "", changeId] = key.split("/")
    const domain = domains.get(name)
    // The domain of this name may be another one now, or on its way out.
    if (domain === undefined || domain.changeId !== changeId || domain.goneAt !== undefined) return
    const { RollbackOnDisable } = domain.settings.AutoTuneOptions ?? {}
    context.emit({
      source: "aws.es",
      detailType: "Amazon OpenSearch Service Auto-Tune Notification",
      resources: [domain.arn],
      detail: {
        event: "Auto-Tune Event",
        severity: "Informational",
        status: "Completed",
        description: RollbackOnDisable === "DEFAULT_ROLLBACK" ? reverted : retained,
        completionTime: new Date(now).toISOString()
      }
    })
  })
