import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { DynamoDbCodes } from "../../../errors/codes/DynamoDb.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.of<DynamoDBClient, DynamoDbCodes>(DynamoDBClient)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
