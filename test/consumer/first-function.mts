// The first function of the guide, in a project that has the packages that the guide installs.
import type { Context } from "effect-aws-sdk/Lambda"
import assert from "node:assert/strict"
import { handler } from "./app.js"

Object.assign(process.env, { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" })
const context: Context = {
  functionName: "price",
  functionVersion: "$LATEST",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:price",
  memoryLimitInMB: "128",
  awsRequestId: "8f507cfc-0000-4000-8000-000000000000",
  logGroupName: "/aws/lambda/price",
  logStreamName: "stream",
  getRemainingTimeInMillis: () => 3000
}
const error: Error = await handler({ cents: 1250 }, context).then(() => assert.fail(), (error: Error) => error)
assert.equal(error.name, "LambdaEventNotDecodable")
await handler.close()
console.log(error.message)
