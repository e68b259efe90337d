// The program: what a bucket holds, folder by folder. It knows nothing of credentials, Lambda or tests.
import * as EventBridge from "effect-aws-sdk/EventBridge"
import * as S3 from "effect-aws-sdk/S3"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { createHmac } from "node:crypto"

/** The parameter with the settings. */
export const settingsName = "/my-service/settings"

/** The secret with the key that signs reports. */
export const signingKeyName = "my-service/signing-key"

export const Settings = Schema.Struct({
  /** The bucket to report on. */
  source: Schema.String,
  /** The bucket that gets the reports. */
  reports: Schema.String,
  /** An object that hasn't changed for this many days is stale. */
  staleAfterDays: Schema.Int
})

export interface Folder {
  readonly objects: number
  readonly bytes: number
  readonly stale: number
}

export interface Report {
  readonly date: string
  readonly bucket: string
  readonly folders: Readonly<Record<string, Folder>>
}

/** Says to other programs that a report is there. */
export class ReportWritten extends EventBridge.Event<ReportWritten>()({
  source: "my-service",
  detailType: "ReportWritten",
  fields: { bucket: Schema.String, key: Schema.String, objects: Schema.Int, bytes: Schema.Int }
}) {}

export class NothingToReport extends Data.TaggedError("NothingToReport")<{ readonly bucket: string }> {
  override get message(): string {
    return `The bucket ${this.bucket} has no objects. Check "source" in the parameter ${settingsName}.`
  }
}

const folderOf = (key: string): string => key.includes("/") ? key.slice(0, key.indexOf("/") + 1) : "/"

/** Reads the list page by page, and keeps only the sums: a bucket with millions of objects needs no more memory. */
const sumUp = (bucket: string, staleBefore: Date) =>
  S3.listObjects(bucket).pipe(
    Stream.runFold(() => new Map<string, Folder>(), (folders, { key, lastModified, size }) => {
      const { bytes, objects, stale } = folders.get(folderOf(key)) ?? { bytes: 0, objects: 0, stale: 0 }
      return folders.set(folderOf(key), {
        objects: objects + 1,
        bytes: bytes + size,
        stale: lastModified < staleBefore ? stale + 1 : stale
      })
    })
  )

const total = (folders: Iterable<Folder>, member: keyof Folder): number =>
  Array.from(folders, (folder) => folder[member]).reduce((sum, count) => sum + count, 0)

/** Signs a report, so that a reader who has the key can tell whether somebody changed it. */
export const sign = (text: string, key: Redacted.Redacted<string>): string =>
  createHmac("sha256", Redacted.value(key)).update(text).digest("hex")

/** Writes the report of today. A second run on the same day replaces it. */
export const write = Effect.fn("Report.write")(function*() {
  const [settings, signingKey] = yield* Effect.all(
    [Ssm.getParameterJson(settingsName, Settings), SecretsManager.getSecretText(signingKeyName)],
    { concurrency: 2 }
  )
  const now = yield* DateTime.now
  const staleBefore = DateTime.toDate(DateTime.subtract(now, { days: settings.staleAfterDays }))
  const folders = yield* sumUp(settings.source, staleBefore)
  if (folders.size === 0) return yield* new NothingToReport({ bucket: settings.source })

  const date = DateTime.formatIsoDateUtc(now)
  const report: Report = { date, bucket: settings.source, folders: Object.fromEntries(folders) }
  const body = JSON.stringify(report, null, 2)
  const key = `${settings.source}/${date}.json`
  yield* S3.putObject({
    bucket: settings.reports,
    key,
    body,
    contentType: "application/json",
    metadata: { signature: sign(body, signingKey) }
  })
  const objects = total(folders.values(), "objects")
  yield* EventBridge.putEvents(
    [new ReportWritten({ bucket: settings.reports, key, objects, bytes: total(folders.values(), "bytes") })],
    { eventBus: "default" }
  )
  yield* Effect.log("The report is written").pipe(Effect.annotateLogs({ key, objects }))
  return report
})
