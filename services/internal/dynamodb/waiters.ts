// Written by `npm run waiters` from botocore's data. Don't edit it.
import * as sdk from "@aws-sdk/client-dynamodb"
import { and, equal, field, flat, is, length, or, order, some, where } from "../../../src/internal/jmespath.ts"
import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"

/** `BulkOperationDescription.BulkOperationStatus` */
const bulkOperationDescriptionBulkOperationStatus = (o: unknown) => field(field(o, "BulkOperationDescription"), "BulkOperationStatus")

/** `ContributorInsightsStatus` */
const contributorInsightsStatus = (o: unknown) => field(o, "ContributorInsightsStatus")

/** `ExportDescription.ExportStatus` */
const exportDescriptionExportStatus = (o: unknown) => field(field(o, "ExportDescription"), "ExportStatus")

/** `ImportTableDescription.ImportStatus` */
const importTableDescriptionImportStatus = (o: unknown) => field(field(o, "ImportTableDescription"), "ImportStatus")

/** `KinesisDataStreamDestinations[].DestinationStatus` */
const kinesisDataStreamDestinationsDestinationStatus = (o: unknown) => flat(field(o, "KinesisDataStreamDestinations"), (a) => field(a, "DestinationStatus"))

/** `length(KinesisDataStreamDestinations) > '0'  && length(KinesisDataStreamDestinations[?DestinationStatus == 'DISABLED' || DestinationStatus == 'ENABLE_FAILED']) ==  length(KinesisDataStreamDestinations)` */
const lengthKinesisDataStreamDestinationsLengthKinesisDataStreamDe = (o: unknown) => and(order(length(field(o, "KinesisDataStreamDestinations")), (l, r) => l > r, 0), () => equal(length(where(field(o, "KinesisDataStreamDestinations"), (a) => or(equal(field(a, "DestinationStatus"), "DISABLED"), () => equal(field(a, "DestinationStatus"), "ENABLE_FAILED")), (a) => a)), length(field(o, "KinesisDataStreamDestinations"))))

/** `Table.TableStatus` */
const tableTableStatus = (o: unknown) => field(field(o, "Table"), "TableStatus")

/** What DynamoDb can wait for: the command of each waiter, and what the wait returns. */
export type DynamoDbWaiters = WaitersOf<typeof sdk, {
  BulkOperationCompleted: ["DescribeBulkOperationCommand", "output"]
  ContributorInsightsEnabled: ["DescribeContributorInsightsCommand", "output"]
  ExportCompleted: ["DescribeExportCommand", "output"]
  ImportCompleted: ["DescribeImportCommand", "output"]
  KinesisStreamingDestinationActive: ["DescribeKinesisStreamingDestinationCommand", "output"]
  TableExists: ["DescribeTableCommand", "output"]
  TableNotExists: ["DescribeTableCommand", "nothing"]
}>

export const waiters: Tables = {
  BulkOperationCompleted: {
    command: (sdk as Commands).DescribeBulkOperationCommand,
    delay: "20 seconds",
    attempts: 180,
    names: ["BulkOperationArn"],
    acceptors: [
      { state: "success", output: (o) => is(bulkOperationDescriptionBulkOperationStatus, o, "COMPLETED") },
      { state: "success", output: (o) => is(bulkOperationDescriptionBulkOperationStatus, o, "COMPLETED_WITH_ERRORS") },
      { state: "failure", output: (o) => is(bulkOperationDescriptionBulkOperationStatus, o, "CANCELLED"), reason: "BulkOperationDescription.BulkOperationStatus is \"CANCELLED\"" },
      { state: "failure", output: (o) => is(bulkOperationDescriptionBulkOperationStatus, o, "FAILED"), reason: "BulkOperationDescription.BulkOperationStatus is \"FAILED\"" }
    ]
  },
  ContributorInsightsEnabled: {
    command: (sdk as Commands).DescribeContributorInsightsCommand,
    delay: "20 seconds",
    attempts: 30,
    names: ["TableName", "IndexName"],
    acceptors: [
      { state: "success", output: (o) => is(contributorInsightsStatus, o, "ENABLED") },
      { state: "failure", output: (o) => is(contributorInsightsStatus, o, "FAILED"), reason: "ContributorInsightsStatus is \"FAILED\"" }
    ]
  },
  ExportCompleted: {
    command: (sdk as Commands).DescribeExportCommand,
    delay: "20 seconds",
    attempts: 60,
    names: ["ExportArn"],
    acceptors: [
      { state: "success", output: (o) => is(exportDescriptionExportStatus, o, "COMPLETED") },
      { state: "failure", output: (o) => is(exportDescriptionExportStatus, o, "FAILED"), reason: "ExportDescription.ExportStatus is \"FAILED\"" }
    ]
  },
  ImportCompleted: {
    command: (sdk as Commands).DescribeImportCommand,
    delay: "20 seconds",
    attempts: 60,
    names: ["ImportArn"],
    acceptors: [
      { state: "success", output: (o) => is(importTableDescriptionImportStatus, o, "COMPLETED") },
      { state: "failure", output: (o) => is(importTableDescriptionImportStatus, o, "FAILED"), reason: "ImportTableDescription.ImportStatus is \"FAILED\"" },
      { state: "failure", output: (o) => is(importTableDescriptionImportStatus, o, "CANCELLED"), reason: "ImportTableDescription.ImportStatus is \"CANCELLED\"" }
    ]
  },
  KinesisStreamingDestinationActive: {
    command: (sdk as Commands).DescribeKinesisStreamingDestinationCommand,
    delay: "20 seconds",
    attempts: 30,
    names: ["TableName"],
    acceptors: [
      { state: "success", output: (o) => some(kinesisDataStreamDestinationsDestinationStatus, o, "ACTIVE") },
      { state: "failure", output: (o) => is(lengthKinesisDataStreamDestinationsLengthKinesisDataStreamDe, o, true), reason: "length(KinesisDataStreamDestinations) > `0`  && length(KinesisDataStreamDestinations[?DestinationStatus == 'DISABLED' || DestinationStatus == 'ENABLE_FAILED']) ==  length(KinesisDataStreamDestinations)" }
    ]
  },
  TableExists: {
    command: (sdk as Commands).DescribeTableCommand,
    delay: "20 seconds",
    attempts: 25,
    names: ["TableName"],
    acceptors: [
      { state: "success", output: (o) => is(tableTableStatus, o, "ACTIVE") },
      { state: "retry", error: "ResourceNotFoundException" }
    ]
  },
  TableNotExists: {
    command: (sdk as Commands).DescribeTableCommand,
    delay: "20 seconds",
    attempts: 25,
    names: ["TableName"],
    acceptors: [
      { state: "success", error: "ResourceNotFoundException" }
    ]
  }
}
