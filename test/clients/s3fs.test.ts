import { check } from "./python.ts"

await check("s3fs", "filesystem.py")
