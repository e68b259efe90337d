// botocore's descriptions of AWS's services, which come with moto's Python environment.
import * as fs from "node:fs"
import * as path from "node:path"
import { gunzipSync } from "node:zlib"

export const folders = (at: string): ReadonlyArray<string> =>
  fs.readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort()

/** The folder of botocore's data, given the Python that has it. */
export const dataOf = (python: string): string => {
  const environment = path.resolve(path.dirname(python), "..")
  const site = process.platform === "win32"
    ? path.join(environment, "Lib", "site-packages")
    : path.join(environment, "lib", folders(path.join(environment, "lib"))[0]!, "site-packages")
  return path.join(site, "botocore", "data")
}

/** The model of a service, in a folder of a version of it. */
export const modelIn = (folder: string): any =>
  JSON.parse(gunzipSync(fs.readFileSync(path.join(folder, "service-2.json.gz"))).toString())

/** The folder of the newest version of the service that has this name in botocore: `events`. */
export const newest = (data: string, name: string): string => {
  const versions = path.join(data, name)
  return path.join(versions, folders(versions).at(-1)!)
}
