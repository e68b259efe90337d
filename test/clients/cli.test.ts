import { check } from "./python.ts"

await check("the AWS CLI", "cli.py")
