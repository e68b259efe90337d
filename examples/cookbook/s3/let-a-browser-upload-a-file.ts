import { Effect } from "effect"
import { S3 } from "effect-aws-sdk"

// On the server: a form for images of at most 10 MiB, each with a key that nobody can guess.
export const makeForm = (user: string) =>
  S3.presignPost("photos-0a1b", `users/${user}/${crypto.randomUUID()}`, {
    expiresIn: "10 minutes",
    contentType: { prefix: "image/" },
    size: { min: 1, max: 10 * 1024 * 1024 }
  }).pipe(Effect.map(({ fields, url }) => ({ fields, url })))

// In the browser
export const upload = async (url: string, fields: Readonly<Record<string, string>>, image: Blob) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append("Content-Type", image.type)
  form.append("file", image) // the file comes last
  const { ok } = await fetch(url, { method: "POST", body: form })
  return ok
}
