import { check } from "./python.ts"

await check("boto3", "boto.py")
// AWS has no account that anyone may enter.
await check("boto3 in two accounts", "boto.py", "other_account")
