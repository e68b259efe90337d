import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { DynamoDbCodes } from "../../../errors/codes/DynamoDb.ts"
import * as AwsService from "../../../src/AwsService.ts"

/** `send`, `pages` and `items` of DynamoDB, for the modules of this folder. */
export const dynamoDb = AwsService.make<DynamoDBClient, DynamoDbCodes>(DynamoDBClient)
